import type { RegionCode } from "../catalog/fly-regions.ts";
import type { Path } from "../text/diagnostic.ts";
import type { Source } from "../text/source.ts";
import type { AutoscaleSpec } from "./autoscale.ts";

/** The spec as read: every default is filled in, every region resolved, and each part knows where it was written. */
export interface Spec {
  readonly fleet: Fleet;
  /** By name. */
  readonly services: readonly Service[];
}

export interface Fleet {
  readonly source: Source;
  readonly name: string;
  readonly app: string;
  readonly organization: string;
  readonly image: string;
  readonly zone: string;
  readonly hostnames: readonly string[];
  /** With `{region}` in it. */
  readonly regionalHostnames: string | undefined;
  readonly tls: TlsSpec;
  /** In the order they were written. */
  readonly regions: readonly FleetRegion[];
  readonly rollout: {
    readonly maxUnavailable: number;
    readonly minHealthySeconds: number;
    readonly healthTimeoutSeconds: number;
    readonly onFailure: "rollback";
    readonly regionOrder: readonly RegionCode[];
  };
}

export interface TlsSpec {
  /** Who terminates TLS: the fleet's own web servers, or Fly. */
  readonly mode: "origin-cert" | "fly-edge";
  /** Whether visitors come through Cloudflare's proxy; always true with `origin-cert`. */
  readonly proxied: boolean;
  /** Generation of the Origin CA certificate. */
  readonly generation: number;
}

export interface FleetRegion {
  readonly code: RegionCode;
  readonly maxHosts: number;
  readonly warmHosts: number;
  readonly machine: MachineSize;
  /** Number of first hosts that stay on while Fly stops idle ones; undefined: Fly stops none. */
  readonly keepOn: number | undefined;
}

export interface MachineSize {
  readonly cpuKind: "shared" | "performance";
  readonly cpus: number;
  readonly memoryMb: number;
}

/** What every service has, whatever its type; the types of `services/` add their own fields. */
export interface Service<R extends RegionCounts = RegionCounts> {
  readonly source: Source;
  readonly name: string;
  /** Name of its service type: the spec's `type`. */
  readonly type: string;
  readonly scalable: boolean;
  /** As written; only a type that has slots can be `local`. */
  readonly strategy: "infra" | "local";
  /** Whether its replicas are slots of the hosts there are, instead of one per host. */
  readonly isLocal: boolean;
  /** Regions of the fleet that the service runs in; a region that the service doesn't name has no entry. */
  readonly regions: Readonly<Partial<Record<RegionCode, R>>>;
  /** The keys of `regions` as written: checks point at them. */
  readonly namedRegions: readonly RegionKey[];
  /** Time from the start to the first passing probe. */
  readonly startTimeoutSeconds: number;
  /** Time from the stop signal to the kill. */
  readonly stopTimeoutSeconds: number;
  readonly restart: RestartSpec;
  /** Ports that the spec gives it, by name: the port of slot 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Slots on each host; 1 unless the service is local. */
  readonly maxPerHost: number;
  /** Number of first hosts that replicas of a local service go round-robin over. */
  readonly spread: number;
  readonly autoscale: AutoscaleSpec | undefined;
}

/** When a process that ended is started again. */
export interface RestartSpec {
  readonly policy: "always" | "on-failure" | "no";
  /** 0: without limit. */
  readonly maxRestarts: number;
  readonly delaySeconds: number;
}

/** A key under `regions` of a service; `default` stands for every region of the fleet that isn't named. */
export type RegionKey = RegionCode | "default";

export interface RegionCounts {
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  /** Under which key of `regions` it was written. */
  readonly key: RegionKey;
}

/** A secret that a service's spec names, and where. */
export interface NamedSecret {
  readonly name: string;
  readonly path: Path;
}

/** Returns the counts of a service in a region; zeros where it doesn't run. */
export function countsIn(service: Service, region: RegionCode): RegionCounts {
  return service.regions[region] ?? { replicas: 0, min: 0, max: 0, key: region };
}

export function fleetRegion(spec: Spec, code: string): FleetRegion | undefined {
  return spec.fleet.regions.find((region) => region.code === code);
}
