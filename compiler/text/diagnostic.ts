import type { Code } from "../catalog/codes.ts";

/** One thing wrong with what a person wrote. Data: printing is up to who shows it. */
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

/** By file, then position; the order a reader fixes them in. Same place and code and message only once. */
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

/** More than any text of ours has, with names and values of the lengths people write. */
const MOST_CHARACTERS = 1_000;

/** Line ends, what steers a terminal, and what turns the direction of reading. */
const STEERING = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

/** One line of text that shows what it quotes: a spec must not move the cursor of who reads about it. */
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

/** By code unit, so that the order is the same on every machine: `localeCompare` follows the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
