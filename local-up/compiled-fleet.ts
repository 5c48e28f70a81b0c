import {
  read,
  type Diagnostic,
  type GlobalDesired,
  type RegionDesired,
  type SpecFile,
} from "../compiler/compile.ts";

/** Every stack of a fleet, compiled. */
export interface CompiledFleet {
  readonly global: GlobalDesired;
  /** In rollout order: the canary region first. */
  readonly regions: readonly RegionDesired[];
  /** Region codes in the order of the spec. */
  readonly regionCodes: readonly string[];
}

export type FleetCompilation =
  | { readonly ok: true; readonly fleet: CompiledFleet }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Compiles `global` and every region; returns all diagnostics of the first stack that has an error. */
export function compileFleet(files: readonly SpecFile[]): FleetCompilation {
  const spec = read(files);
  const global = spec.compile({ stack: "global" });
  if (!global.ok) return global;
  if (global.desired.kind !== "global") throw new Error("stack `global` compiled to a region");
  const order = spec.rolloutOrder();
  if (!order.ok) return order;
  const regions: RegionDesired[] = [];
  for (const stack of order.regions) {
    const region = spec.compile({ stack });
    if (!region.ok) return region;
    if (region.desired.kind !== "region") throw new Error(`region ${stack} compiled to \`global\``);
    regions.push(region.desired);
  }
  const codes = spec.regions();
  return {
    ok: true,
    fleet: { global: global.desired, regions, regionCodes: codes.ok ? codes.regions : [] },
  };
}
