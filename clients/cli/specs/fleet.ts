import { compile } from "../../../compiler/compile.ts";
import { compileFleet } from "../../../local-up/index.ts";
import type { CompiledFleet } from "../../../local-up/index.ts";
import { UserError } from "../command-line/failure.ts";
import { formatReport } from "../output/diagnostics-text.ts";
import { readSpecs } from "./spec-folder.ts";

/** @throws {UserError} with all diagnostics and their source lines, when the spec has an error */
export async function requireFleet(folder: string): Promise<CompiledFleet> {
  const files = readSpecs(folder);
  const result = await compileFleet(files);
  if (!result.ok) throw new UserError(formatReport(result.diagnostics, files, folder));
  return result.fleet;
}

/**
 * Returns the name of the spec's Fly app.
 *
 * @throws {UserError} with all diagnostics and their source lines, when the spec has an error
 */
export function requireAppName(folder: string): string {
  const files = readSpecs(folder);
  const result = compile(files, { stack: "global" });
  if (!result.ok) throw new UserError(formatReport(result.diagnostics, files, folder));
  return result.desired.app.name;
}
