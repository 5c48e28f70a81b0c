/** The compiler's diagnostics as text, with their source line and a caret. */
import { styleText } from "node:util";
import type { Diagnostic, SpecFile } from "../../../compiler/compile.ts";

/** Returns `specs/fleet.yaml:5:3 error E201 …`, the line, a caret under the column, the hint. */
export function formatWithSource(diagnostic: Diagnostic, files: readonly SpecFile[]): string {
  const { file, line, column, severity, code, message, hint } = diagnostic;
  const paint = severity === "error" ? "red" : "yellow";
  const source = files.find(({ path }) => path === file)?.text.split(/\r?\n/)[line - 1];
  const excerpt =
    source === undefined
      ? []
      : [`  ${source}`, `  ${" ".repeat(Math.max(0, column - 1))}${styleText(paint, "^")}`];
  return [
    `${styleText("bold", `${file}:${line}:${column}`)} ${styleText(paint, severity)} ${code} ${message}`,
    ...excerpt,
    ...(hint ? [`  hint: ${hint}`] : []),
  ].join("\n");
}

/** Returns each diagnostic with its source line, then the folder's count: `specs: 3 errors`. */
export function formatReport(
  diagnostics: readonly Diagnostic[],
  files: readonly SpecFile[],
  folder: string,
): string {
  const shown = diagnostics.map((diagnostic) => formatWithSource(diagnostic, files));
  return [...shown, `${folder}: ${countDiagnostics(diagnostics)}`].join("\n\n");
}

/** Returns `3 errors, 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const plural = (count: number, word: string): string =>
    `${count} ${word}${count === 1 ? "" : "s"}`;
  return [
    ...(errors > 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ].join(", ");
}
