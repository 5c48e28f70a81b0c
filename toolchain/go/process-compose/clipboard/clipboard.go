// Package glippy stands in for a clipboard library that only Process Compose's
// terminal UI uses: a Machine has no clipboard and no terminal.
package glippy

import "errors"

// Method names a way of reaching a clipboard.
type Method int

// MethodOSC52 is the terminal escape sequence for the clipboard.
const MethodOSC52 Method = 1

var errNoClipboard = errors.New("no clipboard in this build")

// Set reports that there is no clipboard.
func Set(string) error { return errNoClipboard }

// SetWithMethod reports that there is no clipboard.
func SetWithMethod(string) (Method, error) { return MethodOSC52, errNoClipboard }
