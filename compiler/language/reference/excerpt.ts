import type { Diagnostic } from "../../text/diagnostic.ts";
import type { SpecFile } from "../../text/documents.ts";

/** What the fixtures say about themselves, in comments. */
const FIXTURE_COMMENT = /^# (?:expect|file|right|(?:right )?(?:stack|now|secrets|signals)): /u;

/** Long enough for every sample; what is longer is cut in the middle of a page. */
const WIDEST = 160;

/** As `flotilla validate` prints it, without colours: place and message, the line, a caret, the hint. */
export function diagnosticWithSource(diagnostic: Diagnostic, files: readonly SpecFile[]): string {
  const { file, line, column, severity, code, message, hint } = diagnostic;
  const source = files.find(({ path }) => path === file)?.text.split(/\r?\n/u)[line - 1];
  const isOwn = source !== undefined && !FIXTURE_COMMENT.test(source);
  const excerpt = isOwn ? caretUnder(source, column) : [];
  return [
    `${file}:${line}:${column} ${severity} ${code} ${message}`,
    ...excerpt,
    ...(hint ? [`  hint: ${hint}`] : []),
  ].join("\n");
}

function caretUnder(source: string, column: number): string[] {
  // What stands before and after a place in a very long line says nothing more.
  const start = column <= WIDEST ? 0 : column - 40;
  const shown = source.slice(start, start + WIDEST);
  return [`  ${shown}`, `  ${" ".repeat(Math.max(0, column - 1 - start))}^`];
}

/** The lines of `right` that aren't those of `wrong`, below the keys that they belong to. */
export function changedExcerpt(wrong: string, right: string): string {
  const [before, after] = [linesOf(wrong), linesOf(right)];
  const start = after.findIndex((line, index) => line !== before[index]);
  const first = start === -1 ? after.length : start;
  let same = 0;
  const most = Math.min(before.length, after.length) - first;
  while (same < most && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  const last = after.length - same;
  // Where lines only go, their neighbours show the place.
  const [from, to] = first < last ? [first, last] : [Math.max(0, first - 1), first + 1];
  const shown = after.slice(from, to);
  return [...keysAround(after, from), ...shown].map((line) => line.slice(0, WIDEST)).join("\n");
}

function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/u, "")
    .split(/\r?\n/u)
    .filter((line) => !FIXTURE_COMMENT.test(line))
    .join("\n")
    .trimEnd()
    .split("\n");
}

/** The lines above that a line is indented under, outermost first. */
function keysAround(lines: readonly string[], index: number): string[] {
  let indent = indentOf(lines[index] ?? "");
  const around: string[] = [];
  for (const line of lines.slice(0, index).toReversed()) {
    if (line.trim() === "" || indentOf(line) >= indent) continue;
    indent = indentOf(line);
    around.unshift(line);
  }
  return around;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
