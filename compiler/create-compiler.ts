import { SHARED_CODES } from "./catalog/codes.ts";
import type { RegionCode } from "./catalog/fly-regions.ts";
import type { FleetChange } from "./change/change.ts";
import { databaseOf, rolesOfHosts } from "./change/fleet.ts";
import type { FleetDesired } from "./change/fleet.ts";
import { planFleetChange } from "./change/plan-change.ts";
import { checkBundleSize } from "./checks/bundle-size.ts";
import { checkSpec } from "./checks/check-spec.ts";
import { checkHosts } from "./checks/hosts.ts";
import { checkMissingSecrets } from "./checks/missing-secrets.ts";
import { specJsonSchema } from "./language/json-schema.ts";
import { readSpec } from "./language/read-spec.ts";
import type { CompileOptions } from "./model/compile-options.ts";
import type { Desired } from "./model/desired.ts";
import type { RegionPlan } from "./model/plan.ts";
import { fleetRegion } from "./model/spec.ts";
import type { FleetRegion, Spec } from "./model/spec.ts";
import { planRegion } from "./plan/region.ts";
import { NO_SIGNALS, resolveSignals } from "./plan/signals.ts";
import type { LiveSignals } from "./plan/signals.ts";
import { renderGlobal } from "./render/global.ts";
import { hostRenderer } from "./render/host.ts";
import type { HostRenderer } from "./render/host.ts";
import { renderRegion } from "./render/region.ts";
import type { CodeText, ServiceTypes } from "./services/service-type.ts";
import { hasErrors, sortDiagnostics } from "./text/diagnostic.ts";
import type { Diagnostic } from "./text/diagnostic.ts";
import type { SpecFile } from "./text/documents.ts";
import { diagnose } from "./text/source.ts";
import { suggest } from "./text/suggest.ts";

export type Compiled =
  | { readonly ok: true; readonly desired: Desired; readonly diagnostics: readonly Diagnostic[] }
  | Failed;

interface Failed {
  readonly ok: false;
  readonly diagnostics: readonly Diagnostic[];
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
  | Failed;

export type Regions = { readonly ok: true; readonly regions: readonly RegionCode[] } | Failed;

/** Spec files that were read, checked and planned once. Callers that compile every stack of a fleet keep this value. */
export interface CheckedSpec {
  /** The desired state of one stack, with warnings; or all that is wrong, by file and position. */
  readonly compile: (options: CompileOptions) => Compiled;
  /** Every diagnostic of the spec, for all stacks. */
  readonly validate: () => Diagnostic[];
  /** Codes of the fleet's regions, in the order of the spec. */
  readonly regions: () => Regions;
  /** Codes of the fleet's regions in the order changes should reach them: `rollout.region_order`, then the others. */
  readonly rolloutOrder: () => Regions;
}

/** All that the compiler does with one set of service types. Pure: the same arguments give the same bytes. */
export interface Compiler {
  /** Reads, checks and plans spec files. */
  readonly read: (files: readonly SpecFile[]) => CheckedSpec;
  /** `read(files).compile(options)` */
  readonly compile: (files: readonly SpecFile[], options: CompileOptions) => Compiled;
  /** `read(files).validate()` */
  readonly validate: (files: readonly SpecFile[]) => Diagnostic[];
  /** `read(files).regions()` */
  readonly regionsOf: (files: readonly SpecFile[]) => Regions;
  /** `read(files).rolloutOrder()` */
  readonly rolloutOrder: (files: readonly SpecFile[]) => Regions;
  /** What a change of the spec files does to every stack of either side; without an earlier side, from nothing. */
  readonly planChange: (
    before: readonly SpecFile[] | undefined,
    after: readonly SpecFile[],
  ) => PlannedChange;
  /** JSON Schema of one document, for editors. */
  readonly specJsonSchema: () => object;
  /** What every code means. */
  readonly codes: Readonly<Record<string, CodeText>>;
}

/**
 * @example
 * const { compile } = createCompiler(SERVICE_TYPES);
 * const compiled = compile(files, { stack: "iad" });
 */
export function createCompiler(types: ServiceTypes): Compiler {
  const inspect = (files: readonly SpecFile[]): Inspected => inspectFiles(types, files);
  const read = (files: readonly SpecFile[]): CheckedSpec => checkedSpec(types, inspect(files));
  return {
    read,
    compile: (files, options) => read(files).compile(options),
    validate: (files) => read(files).validate(),
    regionsOf: (files) => read(files).regions(),
    rolloutOrder: (files) => read(files).rolloutOrder(),
    planChange: (before, after) =>
      planChange(types, before === undefined ? undefined : inspect(before), inspect(after)),
    specJsonSchema: () => specJsonSchema(types),
    codes: Object.fromEntries(
      [SHARED_CODES, ...Object.values(types).map(({ codes }) => codes)].flatMap(Object.entries),
    ),
  };
}

/** What is known of spec files whatever stack is compiled. */
interface Inspected {
  /** Undefined if anything is an error. */
  readonly spec: Spec | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** By code, every region without signals: checked with the files, and compiled while no signal is live. */
  readonly quiet: ReadonlyMap<string, PlannedRegion>;
}

/** A region's plan, and the renderer that makes each of its texts once. */
interface PlannedRegion {
  readonly plan: RegionPlan;
  readonly renderer: HostRenderer;
}

function inspectFiles(types: ServiceTypes, files: readonly SpecFile[]): Inspected {
  const { spec, diagnostics } = readSpec(types, files, checkSpec);
  if (spec === undefined)
    return { spec, diagnostics: sortDiagnostics(diagnostics), quiet: new Map() };
  const quiet = new Map(
    spec.fleet.regions.map((region) => [region.code, planned(types, spec, region, NO_SIGNALS)]),
  );
  const late = [...quiet.values()].flatMap(({ plan }) => checkHosts(plan));
  const all = sortDiagnostics([...diagnostics, ...late]);
  return { spec: hasErrors(all) ? undefined : spec, diagnostics: all, quiet };
}

function planned(
  types: ServiceTypes,
  spec: Spec,
  region: FleetRegion,
  signals: LiveSignals,
): PlannedRegion {
  const plan = planRegion(types, spec, region, signals);
  return { plan, renderer: hostRenderer(types, plan) };
}

function checkedSpec(types: ServiceTypes, inspected: Inspected): CheckedSpec {
  const { spec, diagnostics } = inspected;
  const regions = (order: (spec: Spec) => readonly RegionCode[]): Regions =>
    spec === undefined ? { ok: false, diagnostics } : { ok: true, regions: order(spec) };
  return {
    compile: (options) =>
      spec === undefined
        ? { ok: false, diagnostics }
        : compileStack(types, inspected, spec, options),
    validate: () => validateSpec(inspected),
    regions: () => regions(regionCodes),
    rolloutOrder: () => regions(orderOf),
  };
}

function validateSpec({ spec, diagnostics, quiet }: Inspected): Diagnostic[] {
  if (spec === undefined) return [...diagnostics];
  const sizes = [...quiet.values()].flatMap(({ plan, renderer }) =>
    checkBundleSize(plan, renderer.textBytes),
  );
  return sortDiagnostics([...diagnostics, ...sizes]);
}

function compileStack(
  types: ServiceTypes,
  { diagnostics, quiet }: Inspected,
  spec: Spec,
  { stack, signals, now, secrets }: CompileOptions,
): Compiled {
  const found = [...diagnostics, ...checkMissingSecrets(types, spec, secrets)];
  if (stack === "global") return finish(found, () => renderGlobal(types, spec));
  const region = fleetRegion(spec, stack);
  if (region === undefined) return failed([...found, unknownStack(spec, stack)]);
  const { live, diagnostics: signalProblems } = resolveSignals(spec, signals, now);
  if (hasErrors([...found, ...signalProblems])) return failed([...found, ...signalProblems]);
  const known = live === NO_SIGNALS ? quiet.get(region.code) : undefined;
  const { plan, renderer } = known ?? planned(types, spec, region, live);
  const late = [...checkHosts(plan), ...checkBundleSize(plan, renderer.textBytes)];
  return finish([...found, ...signalProblems, ...late], () => renderRegion(types, plan, renderer));
}

function planChange(
  types: ServiceTypes,
  earlier: Inspected | undefined,
  next: Inspected,
): PlannedChange {
  if (next.spec === undefined) return failed(next.diagnostics);
  const from = earlier?.spec && renderFleet(types, earlier, earlier.spec);
  return {
    ok: true,
    change: planFleetChange(from, renderFleet(types, next, next.spec)),
    diagnostics: validateSpec(next),
    beforeDiagnostics: earlier && from === undefined ? earlier.diagnostics : [],
  };
}

/** Renders a spec without signals: what its author asked for, whatever bursts run now. */
function renderFleet(types: ServiceTypes, { quiet }: Inspected, spec: Spec): FleetDesired {
  return {
    global: renderGlobal(types, spec),
    regions: orderOf(spec).flatMap((code) => {
      const known = quiet.get(code);
      if (known === undefined) return [];
      const { plan, renderer } = known;
      return {
        desired: renderRegion(types, plan, renderer),
        hosts: rolesOfHosts(types, plan.hosts),
      };
    }),
    database: databaseOf(types, spec),
  };
}

function regionCodes({ fleet }: Spec): RegionCode[] {
  return fleet.regions.map(({ code }) => code);
}

function orderOf(spec: Spec): RegionCode[] {
  return [...new Set([...spec.fleet.rollout.regionOrder, ...regionCodes(spec)])];
}

function finish(diagnostics: readonly Diagnostic[], render: () => Desired): Compiled {
  if (hasErrors(diagnostics)) return failed(diagnostics);
  return { ok: true, desired: render(), diagnostics: sortDiagnostics(diagnostics) };
}

function failed(diagnostics: readonly Diagnostic[]): Failed {
  return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
}

/** E405. The desired state is never empty: that would delete everything the stack has. */
function unknownStack(spec: Spec, stack: string): Diagnostic {
  const near = suggest(stack, ["global", ...regionCodes(spec)]);
  return diagnose(spec.fleet.source, {
    code: "E405",
    path: ["regions"],
    message: `stack \`${stack}\` is not a region of the spec`,
    hint: `${near === undefined ? "" : `Did you mean \`${near}\`? `}If the region left the spec on purpose, remove what it has: \`pulumi destroy -s ${stack}\`, then \`pulumi stack rm ${stack}\`.`,
  });
}
