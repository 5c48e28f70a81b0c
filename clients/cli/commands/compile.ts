import type { Command } from "commander";
import { compile } from "../../../compiler/compile.ts";
import { jsonOption, specsOption } from "../command-line/options.ts";
import { formatReport } from "../output/diagnostics-text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/** `flotilla compile STACK`: exits with 2 when the spec has an error. */
export function define(command: Command): void {
  command
    .argument("<stack>", "`global` or a region")
    .addOption(specsOption())
    .addOption(jsonOption())
    .action(printDesired);
}

function printDesired(
  stack: string,
  { specs, json }: { readonly specs: string; readonly json?: true },
): void {
  const files = readSpecs(specs);
  const result = compile(files, { stack });
  if (result.ok) {
    console.log(JSON.stringify(result.desired, null, 2));
    return;
  }
  process.exitCode = 2;
  if (json) console.log(JSON.stringify({ diagnostics: result.diagnostics }, null, 2));
  else console.error(formatReport(result.diagnostics, files, specs));
}
