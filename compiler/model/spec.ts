import type { RegionCode } from "../catalog/fly-regions.ts";
import type { Source } from "../text/source.ts";

/** The spec after parsing: every default filled in, every region resolved, positions at hand. */
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
  /** Who terminates TLS: our Caddies, or Fly. */
  readonly mode: "origin-cert" | "fly-edge";
  /** Visitors come through Cloudflare's proxy; always with `origin-cert`. */
  readonly proxied: boolean;
  /** Of the Origin CA certificate. */
  readonly generation: number;
}

export interface FleetRegion {
  readonly code: RegionCode;
  readonly maxHosts: number;
  readonly warmHosts: number;
  readonly machine: MachineSize;
  /** So many of the first hosts stay on, Fly may stop the others for want of visitors; undefined: all stay on. */
  readonly keepOn: number | undefined;
}

export interface MachineSize {
  readonly cpuKind: "shared" | "performance";
  readonly cpus: number;
  readonly memoryMb: number;
}

export type Service = CaddyService | NatsService | PocketbaseService | ProcessService;

interface ServiceBase<R extends RegionCounts = RegionCounts> {
  readonly source: Source;
  readonly name: string;
  readonly scalable: boolean;
  readonly strategy: "infra" | "local";
  /** Only regions of the fleet; a region the service doesn't name has no entry. */
  readonly regions: Readonly<Partial<Record<RegionCode, R>>>;
  /** The keys of `regions` as written: checks point at them. */
  readonly namedRegions: readonly (RegionCode | "default")[];
  /** Time from the start to the first passing probe. */
  readonly startTimeoutSeconds: number;
  /** Time from the stop signal to the kill. */
  readonly stopTimeoutSeconds: number;
  readonly autoscale: AutoscaleSpec | undefined;
}

/** As the controller takes it: facts about units are in the names, everything else as in the spec. */
export interface AutoscaleSpec {
  readonly metrics: readonly MetricSpec[];
  readonly intervalSeconds: number;
  /** Share around the target in which nothing changes. */
  readonly tolerance: number;
  /** How long a recommendation stands on its last good samples; then the spec's `replicas` hold again. */
  readonly holdSeconds: number;
  readonly up: DirectionSpec;
  readonly down: DirectionSpec;
}

export type MetricSpec =
  | {
      readonly type: "queue_depth";
      readonly stream: string;
      readonly consumer: string;
      /** Messages per replica. */
      readonly target: number;
    }
  | { readonly type: "cpu"; /** Cores per replica. */ readonly target: number }
  | { readonly type: "memory"; /** MB per replica. */ readonly target: number }
  | { readonly type: "in_flight"; /** Requests per replica. */ readonly target: number }
  | {
      readonly type: "latency";
      readonly targetMilliseconds: number;
      readonly percentile: number;
      readonly breaches: number;
      readonly samples: number;
    };

export interface DirectionSpec {
  readonly windowSeconds: number;
  readonly cooldownSeconds: number;
  /** At most so many replicas per period: the larger of the two. */
  readonly policy: {
    readonly count: number;
    readonly percent?: number;
    readonly periodSeconds: number;
  };
}

export interface RegionCounts {
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  /** Under which key of `regions` it was written. */
  readonly key: RegionCode | "default";
}

export interface CaddyRegion extends RegionCounts {
  readonly concurrency: ConcurrencySpec;
}

/** What Fly lets one host have at once. */
export interface ConcurrencySpec {
  readonly type: "connections" | "requests";
  readonly softLimit: number;
  readonly hardLimit: number | undefined;
}

export interface CaddyService extends ServiceBase<CaddyRegion> {
  readonly type: "caddy";
  readonly routes: readonly Route[];
}

export interface Route {
  readonly paths: readonly string[];
  readonly to: string | undefined;
  readonly port: string | undefined;
  readonly root: string | undefined;
  readonly index: readonly string[] | undefined;
  readonly fallback: string | undefined;
  readonly stripPrefix: string | undefined;
  /** Header name → value, literally. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
}

export interface JetstreamSpec {
  readonly servers: number;
  readonly storageGb: number;
  readonly memoryMb: number;
}

export interface NatsRegion extends RegionCounts {
  readonly jetstream: JetstreamSpec;
}

export interface NatsService extends ServiceBase<NatsRegion> {
  readonly type: "nats";
  /** As written; `planNats` picks the only region where it is left out. */
  readonly hub: RegionCode | undefined;
}

interface PocketbaseRegion extends RegionCounts {
  readonly storageGb: number;
}

export interface PocketbaseService extends ServiceBase<PocketbaseRegion> {
  readonly type: "pocketbase";
  /** Undefined: a data set per region. */
  readonly writer: RegionCode | undefined;
  readonly backup: BackupSpec | undefined;
}

export interface BackupSpec {
  /** As PocketBase reads it. */
  readonly cron: string;
  readonly maxKeep: number;
  /** Undefined: on the host's volume. */
  readonly s3:
    | {
        /** With `{region}` in it, or without. */
        readonly bucket: string;
        readonly endpoint: string;
        readonly region: string;
        /** Names of the secrets. */
        readonly accessKey: string;
        readonly secret: string;
        readonly forcePathStyle: boolean;
      }
    | undefined;
}

interface ReadinessProbe {
  /** Exactly one of the two, in a checked spec. */
  readonly http: { readonly port: string; readonly path: string } | undefined;
  readonly exec: { readonly command: readonly string[] } | undefined;
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

export interface ProcessRegion extends RegionCounts {
  /** The service's with the region's over it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ProcessService extends ServiceBase<ProcessRegion> {
  readonly type: "process";
  readonly command: readonly string[];
  readonly workingDir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** By name: the port of slot 0. */
  readonly ports: Readonly<Record<string, number>>;
  readonly dependsOn: readonly string[];
  readonly probe: ReadinessProbe | undefined;
  readonly restart: "always" | "on-failure" | "no";
  /** 0: without end. */
  readonly maxRestarts: number;
  readonly restartDelaySeconds: number;
  /** 1 for `infra`. */
  readonly maxPerHost: number;
  readonly spread: number;
}

export function countsIn(service: Service, region: RegionCode): RegionCounts {
  return service.regions[region] ?? { replicas: 0, min: 0, max: 0, key: region };
}

/** The one service of a type that may be there once. */
export function serviceOfType<T extends Service["type"]>(
  spec: Spec,
  type: T,
): Extract<Service, { type: T }> | undefined {
  return spec.services.find(
    (service): service is Extract<Service, { type: T }> => service.type === type,
  );
}

export function fleetRegion(spec: Spec, code: string): FleetRegion | undefined {
  return spec.fleet.regions.find((region) => region.code === code);
}
