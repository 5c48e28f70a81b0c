import { validate } from "../../../compiler/compile.ts";
import { countDiagnostics, formatReport, formatWithSource } from "../output/diagnostics-text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/**
 * `flotilla validate [DIR]`: all diagnostics of a spec folder. Makes no call to anything.
 *
 * @returns the exit code: 2 when there is an error among them
 */
export function runValidate(folder: string, json: boolean): 0 | 2 {
  const files = readSpecs(folder);
  const diagnostics = validate(files);
  const failed = diagnostics.some(({ severity }) => severity === "error");
  if (json) {
    console.log(JSON.stringify({ diagnostics }, null, 2));
    return failed ? 2 : 0;
  }
  if (failed) {
    console.error(formatReport(diagnostics, files, folder));
    return 2;
  }
  for (const diagnostic of diagnostics) console.error(`${formatWithSource(diagnostic, files)}\n`);
  const noted = diagnostics.length > 0 ? `, ${countDiagnostics(diagnostics)}` : "";
  console.log(`${folder}: ${files.length} documents are valid${noted}`);
  return 0;
}
