/**
 * The façade of the compiler: spec files in, the desired state of one Pulumi stack or diagnostics out, with the service
 * types of the product. Pure: the same arguments give the same bytes. Nothing a person writes makes it throw.
 */
import { createCompiler } from "./create-compiler.ts";
import { SERVICE_TYPES } from "./services/index.ts";

const compiler = createCompiler(SERVICE_TYPES);

export const { read, compile, validate, planChange, regionsOf, rolloutOrder, specJsonSchema } =
  compiler;

/** What every code of a diagnostic means. */
export const CODES = compiler.codes;

/** Names of the service types, as a spec's `type` has them. */
export const SERVICE_TYPE_NAMES: readonly string[] = Object.keys(SERVICE_TYPES);

/** Whether services of the type have at most one replica per region, so that no control can scale them. */
export function isSingleReplica(type: string): boolean {
  return Object.values(SERVICE_TYPES).some(
    ({ name, singleReplica }) => name === type && singleReplica !== undefined,
  );
}

export { DURATION_PATTERN, parseDuration } from "./text/duration.ts";
export { FLY_REGIONS } from "./catalog/fly-regions.ts";
/** What the compiler knows of each metric; the controller has the other half, in `controller/sources/`. */
export { METRICS } from "./model/metrics.ts";
export type { MetricName } from "./model/metrics.ts";
export { formatDiagnostic } from "./text/diagnostic.ts";
export { isPlainStart } from "./change/host-change.ts";
export type { CheckedSpec, Compiled, PlannedChange } from "./create-compiler.ts";
export type { CompileOptions } from "./model/compile-options.ts";
export type { Code, Diagnostic } from "./text/diagnostic.ts";
export type { SpecFile } from "./text/documents.ts";
export type { Desired, GlobalDesired, RegionDesired } from "./model/desired.ts";
export type * from "./change/change.ts";
