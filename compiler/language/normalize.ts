import type { RegionCode } from "../catalog/fly-regions.ts";
import { normalizeAutoscale } from "../model/autoscale-schema.ts";
import type { FleetSource } from "../model/fleet-schema.ts";
import type { ServiceSource } from "../model/service-schema.ts";
import type { Fleet, FleetRegion, MachineSize, RegionKey, Service } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import type { Source } from "../text/source.ts";

type RegionSource = NonNullable<FleetSource["regions"][RegionCode]>;

const START_SECONDS = 60;

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
    regions: (Object.entries(given.regions) as [RegionCode, RegionSource][]).map(
      ([code, region]): FleetRegion => ({
        code,
        maxHosts: region.max_hosts,
        warmHosts: region.warm_hosts,
        machine: machineSize(region.machine ?? given.machine),
        keepOn: region.idle?.stop === true ? region.idle.keep : undefined,
      }),
    ),
    rollout: {
      maxUnavailable: given.rollout.max_unavailable,
      minHealthySeconds: given.rollout.min_healthy_time,
      healthTimeoutSeconds: given.rollout.health_timeout,
      onFailure: given.rollout.on_failure,
      regionOrder: given.rollout.region_order,
    },
  };
}

function machineSize(given: FleetSource["machine"]): MachineSize {
  return { cpuKind: given.cpu_kind, cpus: given.cpus, memoryMb: given.memory_mb };
}

/** Checked document → Service, with an entry for every region of the fleet that it runs in. */
export function normalizeService(
  types: ServiceTypes,
  source: Source,
  given: ServiceSource,
  fleetRegions: readonly RegionCode[],
): Service {
  const type = typeOf(types, given);
  const base = {
    source,
    name: given.name,
    type: given.type,
    scalable: given.scalable,
    strategy: given.scale_strategy,
    isLocal: given.scale_strategy === "local" && type.server === undefined,
    namedRegions: Object.keys(given.regions) as RegionKey[],
    startTimeoutSeconds: given.start_timeout ?? START_SECONDS,
    stopTimeoutSeconds: given.stop_timeout ?? type.stopSeconds.default,
    restart: { policy: "always", maxRestarts: 0, delaySeconds: 2 },
    ports: {},
    maxPerHost: 1,
    spread: 1,
    autoscale: given.autoscale === undefined ? undefined : normalizeAutoscale(given.autoscale),
  } as const;
  return type.normalize(given, base, fleetRegions);
}
