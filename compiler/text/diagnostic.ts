/** A stable name of a mistake: `E101`, `W203`. Its meaning is in the catalog of the checks that give it. */
export type Code = `${"E" | "W"}${number}`;

/** One mistake in a text that a person wrote. It is plain data, without layout or colour. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly file: string;
  /** 1-based, both. */
  readonly line: number;
  readonly column: number;
  /** Where in the document: `regions.iad.max`, `routes[0].path[1]`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** A mistake in a text that makes the rest of it unreadable as YAML. */
export interface TextProblem {
  readonly code: Code;
  /** In characters from the start of the text. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Keys and list positions from the document's root. */
export type Path = readonly (string | number)[];

/** `["routes", 0, "to"]` → `routes[0].to`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** `file:line:column severity code message`, then the hint on a line of its own. */
export function formatDiagnostic(d: Diagnostic): string {
  const line = `${d.file}:${d.line}:${d.column} ${d.severity} ${d.code} ${d.message}`;
  return d.hint === "" ? line : `${line}\n  hint: ${d.hint}`;
}

/** Sorts by file, then position, which is the order a reader fixes them in; equal diagnostics are kept once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const printable = diagnostics.map((d) => ({
    ...d,
    path: plainText(d.path),
    message: plainText(d.message),
    hint: plainText(d.hint),
  }));
  const unique = new Map(printable.map((d) => [`${formatDiagnostic(d)}\n${d.path}`, d] as const));
  return [...unique.values()].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}

/** Longer than every message of the compiler with names and values of usual lengths. */
const MOST_CHARACTERS = 1_000;

/** Line ends, control characters of terminals, and characters that turn the direction of reading. */
const STEERING = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

/** Returns one printable line: control characters quoted from a file must not reach a terminal. */
function plainText(text: string): string {
  if (text.length <= MOST_CHARACTERS && !STEERING.test(text)) return text;
  const shown = text
    .slice(0, MOST_CHARACTERS + 1)
    .replaceAll(new RegExp(STEERING, "gu"), (character) => {
      const number = (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
      return `\\u${number}`;
    });
  return shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…` : shown;
}

/** Compares by code unit, so that the order is the same on every machine; `localeCompare` follows the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
