import type { RegionCode } from "../catalog/fly-regions.ts";
import type { FleetSource } from "../model/fleet-schema.ts";
import type { ServiceSource } from "./service-schema.ts";
import type { Source } from "../text/source.ts";
import type {
  AutoscaleSpec,
  BackupSpec,
  ConcurrencySpec,
  Fleet,
  FleetRegion,
  MachineSize,
  MetricSpec,
  ProcessService,
  RegionCounts,
  Service,
} from "../model/spec.ts";

/** What each type gets to stop in, from the signal to the kill: NATS needs its 30 s of lame duck and more. */
const STOP_SECONDS = { caddy: 15, nats: 40, pocketbase: 15, process: 30 } as const;

const START_SECONDS = 60;

const HOLD_INTERVALS = 6;

/** Of a Caddy whose spec says nothing: far above what one small host serves at once, so that overload spills. */
const CONCURRENCY: ConcurrencySpec = { type: "connections", softLimit: 500, hardLimit: 1000 };

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
      keepOn: region.idle?.stop === true ? region.idle.keep : undefined,
    })),
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
    startTimeoutSeconds: given.start_timeout ?? START_SECONDS,
    stopTimeoutSeconds: given.stop_timeout ?? STOP_SECONDS[given.type],
    autoscale: given.autoscale === undefined ? undefined : autoscaleOf(given.autoscale),
  };
  switch (given.type) {
    case "caddy":
      return {
        ...base,
        type: given.type,
        regions: regionsOf(given.regions, fleetRegions, (region, key) => ({
          ...counts(region, key),
          concurrency: concurrencyOf(region.concurrency ?? given.concurrency),
        })),
        routes: given.routes.map((route) => ({
          paths: route.path,
          to: route.to,
          port: route.port,
          root: route.root,
          index: route.index,
          fallback: route.fallback,
          stripPrefix: route.strip_prefix,
          requestHeaders: route.headers?.request ?? {},
          responseHeaders: route.headers?.response ?? {},
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
        backup: backupOf(given.backup),
        regions: regionsOf(given.regions, fleetRegions, (region, key) => ({
          ...counts(region, key),
          storageGb: region.storage_gb ?? given.storage_gb,
        })),
      };
    case "process":
      return {
        ...base,
        type: given.type,
        regions: regionsOf(given.regions, fleetRegions, (region, key) => ({
          ...counts(region, key),
          environment: { ...given.environment, ...region.environment },
        })),
        command: given.command,
        workingDir: given.working_dir,
        environment: given.environment,
        secrets: given.secrets,
        ports: given.ports,
        dependsOn: given.depends_on,
        probe: probeOf(given.readiness_probe, base.startTimeoutSeconds),
        restart: given.restart,
        maxRestarts: given.max_restarts,
        restartDelaySeconds: given.restart_delay,
        maxPerHost: given.scale_strategy === "local" ? (given.max_per_host ?? 1) : 1,
        spread: given.spread ?? 1,
      };
  }
}

type SourceOf<T extends ServiceSource["type"]> = Extract<ServiceSource, { type: T }>;

function concurrencyOf(given: SourceOf<"caddy">["concurrency"]): ConcurrencySpec {
  if (given === undefined) return CONCURRENCY;
  return { type: given.type, softLimit: given.soft_limit, hardLimit: given.hard_limit };
}

function backupOf(given: SourceOf<"pocketbase">["backup"]): BackupSpec | undefined {
  if (given === undefined) return undefined;
  const { cron, max_keep: maxKeep, s3 } = given;
  if (s3 === undefined) return { cron, maxKeep, s3 };
  const { access_key: accessKey, force_path_style: forcePathStyle, ...rest } = s3;
  return { cron, maxKeep, s3: { ...rest, accessKey, forcePathStyle } };
}

function probeOf(
  given: SourceOf<"process">["readiness_probe"],
  startSeconds: number,
): ProcessService["probe"] {
  if (given === undefined) return undefined;
  const initialDelaySeconds = given.initial_delay ?? 0;
  const patience = Math.ceil((startSeconds - initialDelaySeconds) / given.period);
  return {
    http: given.http,
    exec: given.exec,
    initialDelaySeconds,
    periodSeconds: given.period,
    timeoutSeconds: given.timeout,
    failureThreshold: given.failure_threshold ?? Math.max(patience, 1),
  };
}

function autoscaleOf(given: NonNullable<ServiceSource["autoscale"]>): AutoscaleSpec {
  const { interval, tolerance, hold, up, down } = given.behaviour;
  return {
    metrics: given.metrics.map((metric): MetricSpec => {
      if (metric.type !== "latency") return metric;
      const { target, ...rest } = metric;
      return { ...rest, targetMilliseconds: target };
    }),
    intervalSeconds: interval,
    tolerance,
    // A metric looked at seldom isn't given up before its next look.
    holdSeconds: Math.max(hold, HOLD_INTERVALS * interval),
    up: directionOf(up),
    down: directionOf(down),
  };
}

function directionOf(given: {
  readonly window: number;
  readonly cooldown: number;
  readonly policy: {
    readonly count: number;
    readonly percent?: number | undefined;
    readonly per: number;
  };
}): AutoscaleSpec["up"] {
  const { count, percent, per } = given.policy;
  return {
    windowSeconds: given.window,
    cooldownSeconds: given.cooldown,
    policy: { count, ...(percent === undefined ? {} : { percent }), periodSeconds: per },
  };
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
