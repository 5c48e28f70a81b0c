import type { RegionCode } from "./fly-regions.ts";
import type { FleetSource } from "./schema/fleet.ts";
import type { ServiceSource } from "./schema/service.ts";
import type { Source } from "./source.ts";
import type { Fleet, FleetRegion, MachineSize, RegionCounts, Service } from "./spec.ts";

/** What each type gets to stop in, from the signal to the kill: NATS needs its 30 s of lame duck and more. */
const STOP_SECONDS = { caddy: 15, nats: 40, pocketbase: 15, process: 30 } as const;

/** Checked document → Fleet, defaults filled in. */
export function normalizeFleet(source: Source, given: FleetSource): Fleet {
  return {
    source,
    name: given.name,
    app: given.app ?? given.name,
    organization: given.organization,
    image: given.image,
    zone: given.zone,
    hostnames: given.hostnames,
    regionalHostnames: given.regional_hostnames,
    tls: given.tls,
    regions: entriesOf(given.regions).map(([code, region]): FleetRegion => ({
      code,
      maxHosts: region.max_hosts,
      warmHosts: region.warm_hosts,
      machine: machineSize(region.machine ?? given.machine),
    })),
    rollout: {
      maxUnavailable: given.rollout.max_unavailable,
      healthTimeoutSeconds: given.rollout.health_timeout,
      regionOrder: given.rollout.region_order,
    },
  };
}

function machineSize(given: FleetSource["machine"]): MachineSize {
  return { cpuKind: given.cpu_kind, cpus: given.cpus, memoryMb: given.memory_mb };
}

/** Checked document → Service, with an entry for every region of the fleet it is in. */
export function normalizeService(
  source: Source,
  given: ServiceSource,
  fleetRegions: readonly RegionCode[],
): Service {
  const base = {
    source,
    name: given.name,
    scalable: given.scalable,
    strategy: given.scale_strategy,
    namedRegions: Object.keys(given.regions) as (RegionCode | "default")[],
    stopTimeoutSeconds: given.stop_timeout ?? STOP_SECONDS[given.type],
    autoscales: given.autoscale !== undefined,
  };
  switch (given.type) {
    case "caddy":
      return {
        ...base,
        type: given.type,
        regions: regionsOf(given.regions, fleetRegions, counts),
        routes: given.routes.map((route) => ({
          paths: route.path,
          to: route.to,
          port: route.port,
          root: route.root,
        })),
      };
    case "nats":
      return {
        ...base,
        type: given.type,
        hub: given.hub,
        regions: regionsOf(given.regions, fleetRegions, (region, key) => {
          const jetstream = region.jetstream ?? given.jetstream;
          return {
            ...counts(region, key),
            jetstream: {
              servers: jetstream.servers,
              storageGb: jetstream.storage_gb,
              memoryMb: jetstream.memory_mb,
            },
          };
        }),
      };
    case "pocketbase":
      return {
        ...base,
        type: given.type,
        writer: given.data === "regional" ? undefined : given.data.writer,
        regions: regionsOf(given.regions, fleetRegions, (region, key) => ({
          ...counts(region, key),
          storageGb: region.storage_gb ?? given.storage_gb,
        })),
      };
    case "process":
      return {
        ...base,
        type: given.type,
        regions: regionsOf(given.regions, fleetRegions, counts),
        command: given.command,
        environment: given.environment,
        secrets: given.secrets,
        ports: given.ports,
        dependsOn: given.depends_on,
        probe:
          given.readiness_probe === undefined
            ? undefined
            : {
                ...given.readiness_probe.http,
                periodSeconds: given.readiness_probe.period,
                timeoutSeconds: given.readiness_probe.timeout,
                failureThreshold: given.readiness_probe.failure_threshold,
              },
        maxPerHost: given.scale_strategy === "local" ? (given.max_per_host ?? 1) : 1,
        spread: given.spread ?? 1,
      };
  }
}

interface CountsSource {
  readonly replicas: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function counts(given: CountsSource, key: RegionCode | "default"): RegionCounts {
  return {
    replicas: given.replicas,
    min: given.min ?? given.replicas,
    max: given.max ?? given.replicas,
    key,
  };
}

function regionsOf<Given, R>(
  given: Partial<Record<RegionCode | "default", Given>>,
  fleetRegions: readonly RegionCode[],
  resolve: (region: Given, key: RegionCode | "default") => R,
): Partial<Record<RegionCode, R>> {
  const resolved: Partial<Record<RegionCode, R>> = {};
  for (const code of fleetRegions) {
    const own = given[code];
    const fallback = given.default;
    if (own !== undefined) resolved[code] = resolve(own, code);
    else if (fallback !== undefined) resolved[code] = resolve(fallback, "default");
  }
  return resolved;
}

function entriesOf<V>(record: Partial<Record<RegionCode, V>>): [RegionCode, V][] {
  return Object.entries(record) as [RegionCode, V][];
}
