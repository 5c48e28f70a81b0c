/** `E1`: the text of a file, and the shape of what stands in it. */
export const TEXT_CODES = {
  E101: {
    title: "YAML syntax error",
    why: "The file can't be read at all, so nothing in it can be checked.",
  },
  E102: {
    title: "Duplicate key",
    why: "Of two values for one key, YAML readers take now the first and now the last: what you see need not be what runs.",
  },
  E103: {
    title: "Tab as indentation",
    why: "YAML indents with spaces only, because a tab has no width of its own.",
  },
  E104: {
    title: "More than one document in a file",
    why: "One document per file keeps a service's history and a diagnostic's place in one file.",
  },
  E105: {
    title: "Empty file",
    why: "A spec file without a document is most likely one that was meant to say something.",
  },
  E106: {
    title: "Aliases that can't be resolved",
    why: "A few aliases can stand for billions of nodes, and one that stands inside itself never ends.",
  },
  E107: {
    title: "Unknown key",
    why: "A key that is misspelt or in the wrong place would be ignored in silence, and the default would run instead.",
  },
  E108: {
    title: "Missing key",
    why: "There is no value that would be right for everyone, so the spec has to say it.",
  },
  E109: {
    title: "Wrong type",
    why: "YAML guesses types from how a value is written: `yes` is text, `0x10` a number, nothing at all is null.",
  },
  E110: {
    title: "Bad value",
    why: "The value has the right type, but is outside what the key can be.",
  },
  E111: {
    title: "Bad duration",
    why: "A number without a unit has been read as seconds, milliseconds and minutes by different tools.",
  },
  E112: {
    title: "Unknown kind",
    why: "A spec is made of one `Fleet` and any number of `Service` documents.",
  },
  E113: {
    title: "Unknown service type",
    why: "The type decides which keys a service has and how it is run.",
  },
  E115: {
    title: "Bad name",
    why: "Names become DNS labels, process names and parts of environment variables.",
  },
  E116: {
    title: "File that can't be a spec",
    why: "A file of a size or depth no spec needs is most likely another file in the wrong folder; it isn't read any further.",
  },
} as const;
