import type { TextProblem } from "./diagnostic.ts";

/** A file written by hand is a page or two; this is a thousand lines and more. */
const MAX_CHARACTERS = 64 * 1024;

/** Files written by hand are nested a few levels deep. */
export const MAX_NESTING = 32;

/** Aliases may stand for this many nodes; more is a mistake or an attack ("billion laughs"). */
export const MAX_ALIASES = 100;

/** What YAML doesn't allow in any text: https://yaml.org/spec/1.2.2/#51-character-set */
// oxlint-disable-next-line no-control-regex -- finding them is what it is for
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]/;

/** What hints say of the files, whose language the reader doesn't know. */
export interface FileWording {
  /** What a document is called: `a spec document`. */
  readonly document: string;
  /** How a document begins, as a sentence without its full stop. */
  readonly start: string;
  /** Says of a file that is too long how much a file holds. */
  readonly size: string;
  /** Says that nothing is nested so deep. */
  readonly depth: string;
}

/** E116 and E101: texts that aren't read as YAML. The library uses some control characters for itself. */
export function findTextProblem(text: string, { size }: FileWording): TextProblem | undefined {
  if (text.length > MAX_CHARACTERS)
    return {
      code: "E116",
      offset: 0,
      message: `the file has ${text.length} characters, more than ${MAX_CHARACTERS}`,
      hint: `${size}: is this the right file?`,
    };
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden === null) return undefined;
  const number = forbidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return {
    code: "E101",
    offset: forbidden.index,
    message: `YAML: the character U+${number} can't stand in it`,
    hint: 'Remove it; in double quotes an escape like "\\x07" can stand for it.',
  };
}

export function tooDeep(offset: number, { depth }: FileWording): TextProblem {
  return {
    code: "E116",
    offset,
    message: `this is nested deeper than ${MAX_NESTING} levels`,
    hint: `${depth}: is this the right file?`,
  };
}

export function tooManyAliases(offset: number): TextProblem {
  return {
    code: "E106",
    offset,
    message: `there are more than ${MAX_ALIASES} aliases`,
    hint: "Write the values out.",
  };
}
