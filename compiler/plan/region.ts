import type { CountPlan, RegionPlan } from "../model/plan.ts";
import type { FleetRegion, Spec } from "../model/spec.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import { planCount } from "./counts.ts";
import { hostPlanner } from "./hosts.ts";
import { placementOf } from "./placement.ts";
import type { LiveSignals } from "./signals.ts";

/** Plans one region of a checked spec under the signals that are live. */
export function planRegion(
  types: ServiceTypes,
  spec: Spec,
  region: FleetRegion,
  live: LiveSignals,
): RegionPlan {
  const counts = spec.services.map((service) => planCount(service, region.code, live));
  const effectiveHosts = hostsNeeded(region, counts, ({ effective }) => effective);
  const specHosts = hostsNeeded(region, counts, ({ replicas }) => replicas);
  const existing = Math.min(
    region.maxHosts,
    Math.max(specHosts + region.warmHosts, effectiveHosts),
  );
  const planHost = hostPlanner(types, spec, region, counts);
  const hosts = Array.from({ length: existing }, (_, index) =>
    planHost(index, index < effectiveHosts ? "started" : "stopped"),
  );
  return { spec, region, hosts, counts };
}

/** The largest `infra` count, or what the `local` counts need. */
function hostsNeeded(
  region: FleetRegion,
  counts: readonly CountPlan[],
  countOf: (count: CountPlan) => number,
): number {
  return Math.max(
    0,
    ...counts.map((count) =>
      count.service.isLocal
        ? placementOf(count.service, region, countOf(count)).length
        : countOf(count),
    ),
  );
}
