/**
 * The façade of the compiler: spec files in, the desired state of one Pulumi stack or diagnostics out. Pure: the
 * same arguments give the same bytes. Nothing a person writes makes it throw.
 */
import type { FleetChange } from "./change/change.ts";
import { renderFleet } from "./change/fleet.ts";
import { planFleetChange } from "./change/plan-change.ts";
import { formatDiagnostic, hasErrors, sortDiagnostics } from "./text/diagnostic.ts";
import type { Diagnostic } from "./text/diagnostic.ts";
import type { SpecFile } from "./text/documents.ts";
import type { RegionCode } from "./catalog/fly-regions.ts";
import { parseSpec } from "./language/read-spec.ts";
import { specJsonSchema } from "./language/json-schema.ts";
import { diagnose } from "./text/source.ts";
import { fleetRegion } from "./model/spec.ts";
import type { Spec } from "./model/spec.ts";
import { suggest } from "./text/suggest.ts";
import { checkHosts } from "./checks/hosts.ts";
import { oncePer } from "./plan/memoize-by-identity.ts";
import type { RegionPlan } from "./model/plan.ts";
import { planRegion } from "./plan/region.ts";
import { NO_SIGNALS, resolveSignals } from "./plan/signals.ts";
import type { Desired } from "./model/desired.ts";
import { renderGlobal } from "./render/global.ts";
import { renderRegion } from "./render/region.ts";
import { checkBundle } from "./checks/bundle-size.ts";
import { checkSecrets } from "./checks/missing-secrets.ts";

export { CODES } from "./catalog/codes.ts";
export type { Code } from "./catalog/codes.ts";
export { DURATION_PATTERN, parseDuration } from "./text/duration.ts";
export { FLY_REGIONS } from "./catalog/fly-regions.ts";
export { formatDiagnostic, specJsonSchema };
export type { Diagnostic, RegionCode, SpecFile };
export type { Desired, GlobalDesired, RegionDesired } from "./model/desired.ts";
export type * from "./change/change.ts";
export { isPlainStart } from "./change/host-change.ts";

export interface CompileOptions {
  /** `global` or a region of the spec. */
  readonly stack: string;
  /** The signals document, version 1, as parsed JSON. Undefined or null: none. `global` never reads it. */
  readonly signals?: unknown;
  /** RFC 3339; needed as soon as there are signals. */
  readonly now?: string;
  /** Names of the secrets that are set. Undefined: unknown, not checked. */
  readonly secrets?: readonly string[];
}

export type Compiled =
  | { readonly ok: true; readonly desired: Desired; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Spec files → desired state of one stack, with warnings; or all that is wrong, by file and position. */
export function compile(files: readonly SpecFile[], options: CompileOptions): Compiled {
  const { spec, diagnostics } = validateSpec(files);
  if (spec === undefined) return { ok: false, diagnostics };
  const found = [...diagnostics, ...checkSecrets(spec, options.secrets)];
  if (options.stack === "global") return finish(found, () => renderGlobal(spec));
  const region = fleetRegion(spec, options.stack);
  if (region === undefined) return failed([...found, unknownStack(spec, options.stack)]);
  const { live, diagnostics: signalProblems } = resolveSignals(spec, options.signals, options.now);
  if (hasErrors([...found, ...signalProblems])) return failed([...found, ...signalProblems]);
  const quiet = live === NO_SIGNALS ? quietPlans(spec).get(region.code) : undefined;
  const plan = quiet ?? planRegion(spec, region, live);
  const desired = renderRegion(plan);
  const late = [...checkHosts(plan), ...checkBundle(plan)];
  return finish([...found, ...signalProblems, ...late], () => desired);
}

export type PlannedChange =
  | {
      readonly ok: true;
      readonly change: FleetChange;
      /** Warnings of the new side. */
      readonly diagnostics: readonly Diagnostic[];
      /** Errors of the old side: it doesn't compile, and the change is planned from nothing. */
      readonly beforeDiagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** What a change of the spec files does to every stack of either side; without an earlier side, from nothing. */
export function planChange(
  before: readonly SpecFile[] | undefined,
  after: readonly SpecFile[],
): PlannedChange {
  const earlier = before === undefined ? undefined : validateSpec(before);
  const next = validateSpec(after);
  if (next.spec === undefined) return failed(next.diagnostics);
  const from = earlier?.spec === undefined ? undefined : renderFleet(earlier.spec);
  return {
    ok: true,
    change: planFleetChange(from, renderFleet(next.spec)),
    diagnostics: validate(after),
    beforeDiagnostics: earlier && from === undefined ? earlier.diagnostics : [],
  };
}

/** Every diagnostic of a spec folder, for all stacks. */
export function validate(files: readonly SpecFile[]): Diagnostic[] {
  const { spec, diagnostics } = validateSpec(files);
  if (spec === undefined) return [...diagnostics];
  const bundles = [...quietPlans(spec).values()].flatMap(checkBundle);
  return sortDiagnostics([...diagnostics, ...bundles]);
}

export type Regions =
  | { readonly ok: true; readonly regions: readonly RegionCode[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Codes of the fleet's regions, in the order of the spec. */
export function regionsOf(files: readonly SpecFile[]): Regions {
  const { spec, diagnostics } = validateSpec(files);
  if (spec === undefined) return { ok: false, diagnostics };
  return { ok: true, regions: spec.fleet.regions.map(({ code }) => code) };
}

/** Codes of the fleet's regions in the order changes should reach them: `rollout.region_order`, then the others. */
export function rolloutOrder(files: readonly SpecFile[]): Regions {
  const { spec, diagnostics } = validateSpec(files);
  if (spec === undefined) return { ok: false, diagnostics };
  const codes = spec.fleet.regions.map(({ code }) => code);
  return { ok: true, regions: [...new Set([...spec.fleet.rollout.regionOrder, ...codes])] };
}

interface Validated {
  readonly spec: Spec | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Of the files looked at last: a caller who compiles every stack of a fleet, one after the other, has them parsed once. */
let latest: { readonly files: readonly SpecFile[]; readonly validated: Validated } | undefined;

/** Parses, checks and plans every region without signals. `spec` is undefined if anything is an error. */
function validateSpec(files: readonly SpecFile[]): Validated {
  if (latest !== undefined && isSame(files, latest.files)) return latest.validated;
  const validated = validateFiles(files);
  latest = { files: files.map(({ path, text }) => ({ path, text })), validated };
  return validated;
}

/** Every region without signals: checked with the files, and what is compiled while nothing asks for more. */
const quietPlans = oncePer(
  (spec: Spec): ReadonlyMap<string, RegionPlan> =>
    new Map(
      spec.fleet.regions.map((region) => [region.code, planRegion(spec, region, NO_SIGNALS)]),
    ),
);

function validateFiles(files: readonly SpecFile[]): Validated {
  const { spec, diagnostics } = parseSpec(files);
  if (spec === undefined) return { spec, diagnostics: sortDiagnostics(diagnostics) };
  const planned = [...quietPlans(spec).values()].flatMap(checkHosts);
  const all = sortDiagnostics([...diagnostics, ...planned]);
  return { spec: hasErrors(all) ? undefined : spec, diagnostics: all };
}

function isSame(files: readonly SpecFile[], others: readonly SpecFile[]): boolean {
  return (
    files.length === others.length &&
    files.every(
      ({ path, text }, index) => path === others[index]?.path && text === others[index].text,
    )
  );
}

function finish(diagnostics: readonly Diagnostic[], render: () => Desired): Compiled {
  if (hasErrors(diagnostics)) return failed(diagnostics);
  return { ok: true, desired: render(), diagnostics: sortDiagnostics(diagnostics) };
}

function failed(diagnostics: readonly Diagnostic[]): {
  ok: false;
  diagnostics: readonly Diagnostic[];
} {
  return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
}

/** E405. Never an empty desired: that would delete everything the stack has. */
function unknownStack(spec: Spec, stack: string): Diagnostic {
  const near = suggest(stack, ["global", ...spec.fleet.regions.map(({ code }) => code)]);
  return diagnose(spec.fleet.source, {
    code: "E405",
    path: ["regions"],
    message: `stack \`${stack}\` is not a region of the spec`,
    hint: `${near === undefined ? "" : `Did you mean \`${near}\`? `}If the region left the spec on purpose, remove what it has: \`pulumi destroy -s ${stack}\`, then \`pulumi stack rm ${stack}\`.`,
  });
}
