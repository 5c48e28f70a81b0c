import type { Command } from "commander";
import { validate } from "../../../compiler/compile.ts";
import { jsonOption, specsOption } from "../command-line/options.ts";
import { countDiagnostics, formatReport, formatWithSource } from "../output/diagnostics-text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/** `flotilla validate [DIR]`: exits with 2 when a diagnostic is an error. */
export function define(command: Command): void {
  command
    .argument("[dir]", "folder of the specs")
    .addOption(specsOption())
    .addOption(jsonOption())
    .action(printDiagnostics);
}

function printDiagnostics(
  dir: string | undefined,
  flags: { readonly specs: string; readonly json?: true },
): void {
  const folder = dir ?? flags.specs;
  const files = readSpecs(folder);
  const diagnostics = validate(files);
  const hasErrors = diagnostics.some(({ severity }) => severity === "error");
  if (hasErrors) process.exitCode = 2;
  if (flags.json) {
    console.log(JSON.stringify({ diagnostics }, null, 2));
  } else if (hasErrors) {
    console.error(formatReport(diagnostics, files, folder));
  } else {
    for (const warning of diagnostics) console.error(`${formatWithSource(warning, files)}\n`);
    const warned = diagnostics.length > 0 ? `, ${countDiagnostics(diagnostics)}` : "";
    console.log(`${folder}: ${files.length} documents are valid${warned}`);
  }
}
