import type { FleetRegion, ProcessService, Service, Spec } from "../parse/spec.ts";
import { planCount } from "./counts.ts";
import type { CountPlan } from "./counts.ts";
import { hostName, volumeName } from "./names.ts";
import { placeLocal } from "./placement.ts";
import type { HostPlan, ProcessPlan, RegionPlan } from "./plan.ts";
import { planProcesses } from "./processes.ts";
import { chainSeconds, longestChain } from "./shutdown.ts";
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
  const hosts = Array.from({ length: existing }, (_, index) =>
    planHost(spec, region, counts, index, index < effectiveHosts ? "started" : "stopped"),
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

function planHost(
  spec: Spec,
  region: FleetRegion,
  counts: readonly CountPlan[],
  index: number,
  state: HostPlan["state"],
): HostPlan {
  const infra = counts
    .filter(({ service }) => service.strategy === "infra")
    .filter((count) => isOn(count, index, state))
    .map(({ service }) => service);
  const here = counts.filter(({ max }) => max > 0);
  const local = here.map(({ service }) => service).filter(isLocal);
  const active = here.flatMap(({ service, effective }) =>
    isLocal(service)
      ? [[service.name, placement(service, region, effective)[index] ?? 0] as const]
      : [],
  );
  const processes = planProcesses({ spec, region: region.code, index, infra, local });
  return {
    name: hostName(region.code, index),
    index,
    region: region.code,
    state,
    volume: planVolume(region, index, processes),
    processes,
    active: Object.fromEntries(active),
    slots: Object.fromEntries(local.map(({ name, maxPerHost }) => [name, maxPerHost])),
    stopSeconds: chainSeconds(longestChain(processes)),
  };
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
  const sizeGb = processes.reduce((sum, process) => {
    if ("role" in process) return sum + (process.role === "core" ? process.jetstream.storageGb : 0);
    if (process.service.type !== "pocketbase") return sum;
    return sum + (process.service.regions[region.code]?.storageGb ?? 0);
  }, 0);
  return sizeGb === 0 ? undefined : { name: volumeName(region.code, index), sizeGb };
}
