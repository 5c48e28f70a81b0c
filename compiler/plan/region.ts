import { compareText } from "../text/diagnostic.ts";
import type { FleetRegion, ProcessService, Service, Spec } from "../model/spec.ts";
import { planCount } from "./counts.ts";
import type { CountPlan } from "./counts.ts";
import { hostName, volumeName } from "../model/names.ts";
import { placeLocal } from "./placement.ts";
import type { HostPlan, ProcessPlan, RegionPlan, SlotPlan } from "../model/plan.ts";
import { planProcesses } from "./processes.ts";
import { variantOf } from "../services/nats/servers.ts";
import { longestChain } from "./shutdown.ts";
import type { LiveSignals } from "./signals.ts";

/** One region of a checked spec under the signals that are live. */
export function planRegion(spec: Spec, region: FleetRegion, live: LiveSignals): RegionPlan {
  const counts = spec.services.map((service) => planCount(service, region.code, live));
  const effectiveHosts = hostsNeeded(region, counts, ({ effective }) => effective);
  const specHosts = hostsNeeded(region, counts, ({ replicas }) => replicas);
  const existing = Math.min(
    region.maxHosts,
    Math.max(specHosts + region.warmHosts, effectiveHosts),
  );
  const planHost = hostPlanner(spec, region, counts);
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
    ...counts.map((count) => {
      const { service } = count;
      return isLocal(service) ? placement(service, region, countOf(count)).length : countOf(count);
    }),
  );
}

/** A region with fewer hosts than `spread` spreads over those it may have. */
function placement(service: ProcessService, region: FleetRegion, replicas: number): number[] {
  return placeLocal(replicas, Math.min(service.spread, region.maxHosts), service.maxPerHost);
}

function isLocal(service: Service): service is ProcessService {
  return service.type === "process" && service.strategy === "local";
}

/**
 * Plans hosts one by one; those with the same services in the same roles share everything but their names. That is
 * what keeps a region of a thousand hosts as cheap as one of ten.
 */
function hostPlanner(
  spec: Spec,
  region: FleetRegion,
  counts: readonly CountPlan[],
): (index: number, state: HostPlan["state"]) => HostPlan {
  const infra = counts.filter(({ service }) => service.strategy === "infra");
  const local = counts.flatMap(({ service, max, effective }) =>
    isLocal(service) && max > 0
      ? [{ service, perHost: placement(service, region, effective) }]
      : [],
  );
  const services = local.map(({ service }) => service);
  const slots = Object.fromEntries(services.map(({ name, maxPerHost }) => [name, maxPerHost]));
  const slotPlans = new Map<string, readonly SlotPlan[]>();
  const shapes = new Map<string, readonly ProcessPlan[]>();
  const actives = new Map<string, HostPlan["active"]>();

  function processesOf(index: number, state: HostPlan["state"]): readonly ProcessPlan[] {
    const here = infra.filter((count) => isOn(count, index, state)).map(({ service }) => service);
    const variant = variantOf(spec, region.code, index, here);
    return remembered(shapes, `${here.map(({ name }) => name).join()} ${variant}`, () =>
      planProcesses({
        spec,
        region: region.code,
        index,
        infra: here,
        local: services,
        slots: slotPlans,
      }),
    );
  }

  function activeOf(index: number): HostPlan["active"] {
    const on = local.map(({ perHost }) => perHost[index] ?? 0);
    return remembered(actives, on.join(), () =>
      Object.fromEntries(
        local
          .map(({ service }, position) => [service.name, on[position] ?? 0] as const)
          .sort(([a], [b]) => compareText(a, b)),
      ),
    );
  }

  return (index, state) => {
    const processes = processesOf(index, state);
    const volume = planVolume(region, index, processes);
    const hasCaddy = processes.some(({ service }) => service.type === "caddy");
    return {
      name: hostName(region.code, index),
      index,
      region: region.code,
      state,
      idles: hasCaddy && volume === undefined && index >= (region.keepOn ?? Infinity),
      volume,
      processes,
      active: activeOf(index),
      slots,
      stopSeconds: longestChain(processes).seconds,
    };
  };
}

function remembered<V>(known: Map<string, V>, key: string, make: () => V): V {
  const earlier = known.get(key);
  if (earlier !== undefined) return earlier;
  const value = make();
  known.set(key, value);
  return value;
}

/** A stopped host is rendered as the burst that would wake it needs it, so that waking changes no file. */
function isOn(
  { service, effective, max }: CountPlan,
  index: number,
  state: HostPlan["state"],
): boolean {
  return state === "started" ? index < effective : service.scalable && index < max;
}

/** Only data hosts get a volume: PocketBase's and JetStream's. */
function planVolume(
  region: FleetRegion,
  index: number,
  processes: readonly ProcessPlan[],
): HostPlan["volume"] {
  let sizeGb = 0;
  for (const process of processes) {
    if ("slot" in process) continue;
    if ("role" in process) sizeGb += process.role === "core" ? process.jetstream.storageGb : 0;
    else if (process.service.type === "pocketbase")
      sizeGb += process.service.regions[region.code]?.storageGb ?? 0;
  }
  return sizeGb === 0 ? undefined : { name: volumeName(region.code, index), sizeGb };
}
