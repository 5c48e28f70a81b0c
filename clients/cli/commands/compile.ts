import { compile } from "../../../compiler/compile.ts";
import { formatReport } from "../output/diagnostics-text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/**
 * `flotilla compile STACK`: the desired JSON of one stack on stdout.
 *
 * @returns the exit code: 2 when the spec has an error
 */
export function runCompile(folder: string, stack: string, json: boolean): 0 | 2 {
  const files = readSpecs(folder);
  const result = compile(files, { stack });
  if (result.ok) {
    console.log(JSON.stringify(result.desired, null, 2));
    return 0;
  }
  if (json) {
    console.log(JSON.stringify({ diagnostics: result.diagnostics }, null, 2));
    return 2;
  }
  console.error(formatReport(result.diagnostics, files, folder));
  return 2;
}
