/** The whole fleet, compiled: `global` and every region. */
import {
  compile,
  regionsOf,
  rolloutOrder,
  type Diagnostic,
  type GlobalDesired,
  type RegionDesired,
} from "../compiler/compile.ts";
import { formatReport } from "../clients/cli/output/diagnostics-text.ts";
import { UserError } from "../clients/cli/command-line/failure.ts";
import { readSpecs } from "../clients/cli/specs/spec-folder.ts";

export interface CompiledFleet {
  readonly global: GlobalDesired;
  /** In rollout order: the canary region first. */
  readonly regions: readonly RegionDesired[];
  /** Region codes in the order of the spec. */
  readonly regionCodes: readonly string[];
}

/** @throws {UserError} with all diagnostics and their source lines, when the spec has an error */
export function compileAll(folder: string): CompiledFleet {
  const files = readSpecs(folder);
  const fail = (diagnostics: readonly Diagnostic[]): never => {
    throw new UserError(formatReport(diagnostics, files, folder));
  };
  const global = compile(files, { stack: "global" });
  if (!global.ok) return fail(global.diagnostics);
  if (global.desired.kind !== "global") throw new Error("stack `global` compiled to a region");
  const order = rolloutOrder(files);
  if (!order.ok) return fail(order.diagnostics);
  const regions = order.regions.map((stack) => {
    const result = compile(files, { stack });
    if (!result.ok) return fail(result.diagnostics);
    if (result.desired.kind !== "region") throw new Error(`region ${stack} compiled to \`global\``);
    return result.desired;
  });
  const codes = regionsOf(files);
  return { global: global.desired, regions, regionCodes: codes.ok ? codes.regions : [] };
}
