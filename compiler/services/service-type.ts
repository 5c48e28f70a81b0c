/**
 * The interface of a service type: everything that the compiler asks about a type of service, and nothing asks by its
 * name. All members are required, so that a type that forgets one doesn't compile; `undefined` says that a type has no
 * such side. `Source` is a document as its schema gives it, `S` the service in the spec, `Details` what the type plans.
 */
import type { z } from "zod";
import type { RegionCode } from "../catalog/fly-regions.ts";
import type { CheckerDesired } from "../model/desired.ts";
import type { EditorRules } from "../model/editor-rules.ts";
import type { MachineCheck, MachineFile, MachineService } from "../model/machine-config.ts";
import type { MetricName } from "../model/metrics.ts";
import type { DependencyPlan, ProcessPlan, RegionPlan } from "../model/plan.ts";
import type { ServiceSource } from "../model/service-schema.ts";
import type { Fleet, NamedSecret, Service, Spec } from "../model/spec.ts";
import type { Code, Diagnostic, Path } from "../text/diagnostic.ts";

/** Service types by name; in the order of the reference documentation. */
export type ServiceTypes = Readonly<Record<string, ServiceType>>;

// Members are methods on purpose: TypeScript then lets a `ServiceType<…, CaddyService>` stand for a `ServiceType`.
export interface ServiceType<
  Source extends ServiceSource = ServiceSource,
  S extends Service = Service,
  Details = unknown,
> {
  /** The spec's `type`. */
  readonly name: string;
  /** How people write it: `PocketBase`. */
  readonly label: string;

  // The language.
  /** Schema of a document of the type; its title and descriptions are the reference documentation. */
  readonly schema: z.ZodObject;
  /** Rules that the editor's schema adds, by the path below the document: `.routes[]`; `""` is the document. */
  readonly editorRules: EditorRules;
  /** Codes of diagnostics that only this type gives. */
  readonly codes: Readonly<Record<Code, CodeText>>;
  /** Metrics that can be measured for the type. */
  readonly metrics: readonly MetricName[];
  readonly stopSeconds: { readonly default: number; readonly least: number };
  /** Returns the service with all defaults; `base` is what every service has. */
  normalize(source: Source, base: ServiceBase, fleetRegions: readonly RegionCode[]): S;

  // Rules.
  /**
   * A server is one service per fleet and one process per host, on fixed ports; Fly checks its health, and Caddy starts
   * after every server of its host. Undefined: any number of services, which may have slots.
   */
  readonly server: ServerRules | undefined;
  /** Ports of a host that the type listens on, whatever the spec says. */
  readonly ports: readonly FixedPort[];
  /**
   * Why its count in a region is always 0 or 1, as a sentence without its full stop; undefined: it can be any. The type's
   * own `check` has to refuse a higher count: the check that a region has room for `max` leaves such a type out.
   */
  readonly singleReplica: string | undefined;
  /** Returns what is wrong with one service, beyond its schema and the rules of every service. */
  check(service: S, context: CheckContext): Diagnostic[];

  // What other services may find in it.
  /** How visitors reach the fleet through it. */
  readonly entrance: Entrance<S> | undefined;
  /** How an entrance's route leads to it. */
  readonly routing: Routing<S> | undefined;
  /** Whether it holds JetStream queues, which the metric `queue_depth` reads. */
  readonly holdsQueues: boolean;
  /**
   * Names of the environment variables that `provides` may return. No service may set them itself (E315), whether or not
   * the fleet has a service of the type.
   */
  readonly variables: readonly string[];
  /** Returns the variables that tell a host's slots, and programs with a plan like theirs, where it is. */
  provides(service: S, place: HostPosition): Readonly<Record<string, string>>;
  /** Returns what its replicas keep on the first hosts of a region. */
  storage(service: S, region: RegionCode): StoragePlan | undefined;
  /**
   * Returns which servers must not be away at once in a region, e.g. `two of the three JetStream servers`; undefined for
   * servers that don't vote, a single one included.
   */
  quorum(service: S, region: RegionCode): string | undefined;
  /**
   * Returns in which regions visitors find which data set, for a plan that says whose data a change moves; undefined for a
   * type that holds no records of visitors. A fleet has one such service.
   */
  database(service: S): DatabasePlan | undefined;

  // The plan.
  /** Returns its processes on one host. */
  plan(service: S, host: HostContext): readonly ProcessPlan<S, Details>[];
  /** Returns how another process of the same host waits for it. */
  dependency(service: S): DependencyPlan;
  /**
   * Returns what `plan` and `provides` depend on besides the services of the host: hosts with the same services and the
   * same variant share one plan. Empty if nothing depends on the host's number; NATS returns whether the host is a server.
   */
  variant(service: S, place: HostPosition): string;

  // The rendered host.
  /** Returns how a process is run. */
  program(process: ProcessPlan<S, Details>): Program;
  /** Returns the files with the same text on every host of the region that runs the service. */
  regionFiles(service: S, plan: RegionPlan, types: ServiceTypes): readonly RegionFile[];
  /** Returns the files whose text differs between hosts, by the host's name or by what `plan` made of it. */
  hostFiles(process: ProcessPlan<S, Details>): readonly HostFile[];
  /** Returns the files that are made of app secrets. */
  secretFiles(fleet: Fleet): readonly SecretFile[];
  readonly secrets: SecretFacts<S, Details>;
  /** Returns the services of Fly's proxy that lead visitors to a host. */
  flyServices(service: S, host: FlyHost): readonly MachineService[];
  /** Fly's checks of a Machine that runs it, by their names. */
  readonly machineChecks: Readonly<Record<string, MachineCheck>>;
  /** Where Fly scrapes metrics of a Machine that runs it. */
  readonly metricsEndpoint: { readonly port: number; readonly path: string } | undefined;
  /** The program that reads its files before a deployment and says whether it accepts them, by guest path. */
  readonly checkers: Readonly<Record<string, CheckerDesired>>;
}

/** What a code means, in any spec. */
export interface CodeText {
  /** Names the mistake. */
  readonly title: string;
  /** Says what it would lead to. */
  readonly why: string;
}

/** What every service has, before its type adds its own fields. */
export type ServiceBase = Omit<Service, "regions">;

export interface ServerRules {
  /** Least `start_timeout`: a server may have to recover its data before it answers. */
  readonly leastStartSeconds: number;
}

export interface FixedPort {
  readonly port: number;
  /** For messages: `Caddy (metrics)`. */
  readonly holder: string;
}

export interface CheckContext {
  readonly spec: Spec;
  readonly types: ServiceTypes;
  /** Whether every document could be read; otherwise a service that is missing may only be broken. */
  readonly isComplete: boolean;
  /** Names of services whose document is broken; undefined: any name may be one. */
  readonly unusable: ReadonlySet<string> | undefined;
}

export interface Entrance<S extends Service = Service> {
  /** Names of the services that its routes lead to. */
  targets(service: S): readonly string[];
}

export interface Routing<S extends Service = Service> {
  /** Names of its ports that a route may choose; empty for a type with a port of its own. */
  portNames(service: S): readonly string[];
  /** Whether a route must lead to one of `portNames`. */
  readonly needsPort: boolean;
  /** Whether it gets requests without their path. */
  readonly dropsPath: boolean;
  /** Number of addresses that a route names in a region's files. */
  upstreams(service: S, region: { readonly code: RegionCode; readonly maxHosts: number }): number;
  /** Returns where a route leads in a region; undefined: nowhere. */
  target(service: S, route: RouteRequest): RouteTarget | undefined;
}

export interface RouteRequest {
  readonly plan: RegionPlan;
  /** `region`: a hostname that one region answers; `everyone`: one that the nearest region answers. */
  readonly audience: "region" | "everyone";
  /** Name of the port that the route chose. */
  readonly port: string | undefined;
}

export interface RouteTarget {
  /** `host:port`. */
  readonly dial: readonly string[];
  /** `first`: in this order, the next one only if one doesn't answer. `least_conn`: all alike. */
  readonly policy: "first" | "least_conn";
}

/** A host of a region, on which the service itself may not run. */
export interface HostPosition {
  readonly spec: Spec;
  readonly region: RegionCode;
  readonly index: number;
  /** Whether the service runs on this host. */
  readonly isHere: boolean;
}

export interface HostContext {
  readonly spec: Spec;
  readonly types: ServiceTypes;
  readonly region: RegionCode;
  readonly index: number;
  /** Services with one replica per host that run on this host. */
  readonly infra: readonly Service[];
  /** What all services provide to processes of this host. */
  readonly provided: Readonly<Record<string, string>>;
  /** Makes a value once per key and region: what hosts have in common is one object. */
  shared<V>(key: string, make: () => V): V;
}

/** Data on the first hosts of a region. */
export interface StoragePlan {
  /** What holds the data, for messages: `JetStream`. */
  readonly label: string;
  /** Number of first hosts that hold it; 0: none yet. */
  readonly hosts: number;
  readonly sizeGb: number;
  /** Where its size was written. */
  readonly path: Path;
}

export interface DatabasePlan {
  /** The region that holds the only data set; undefined: a data set per region. */
  readonly writer: string | undefined;
  /** Regions that have a data set of their own, sorted. */
  readonly regions: readonly string[];
}

export interface Program {
  readonly command: readonly string[];
  readonly workingDir: string | undefined;
  /** Sorted by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in it that `image/bin/run` leaves to this process, besides what it leaves to every process. */
  readonly own: readonly string[];
  readonly probe: ProgramProbe | undefined;
  /** Number of the signal that stops it. */
  readonly stopSignal: number;
}

export type ProgramProbe =
  | {
      readonly kind: "http";
      readonly port: number;
      readonly path: string;
      readonly times: ProbeTimes;
    }
  | { readonly kind: "exec"; readonly command: readonly string[]; readonly times: ProbeTimes };

export interface ProbeTimes {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

export interface RegionFile {
  readonly path: string;
  readonly text: string;
}

/** A file whose beginning names its host; the rest is shared by all hosts of one shape. */
export interface HostFile {
  readonly path: string;
  readonly head: (host: string) => string;
  readonly body: string;
}

export type SecretFile = Extract<MachineFile, { readonly secret: string }>;

export interface SecretFacts<S extends Service = Service, Details = unknown> {
  /** Users whose nkeys stack `global` makes. */
  readonly nkeys: readonly string[];
  /** Passwords that `global` makes. */
  readonly passwords: readonly string[];
  /** Every app secret that `global` makes for it. */
  readonly made: readonly string[];
  /** Returns the secrets that the spec names, in the order they are written. */
  namedBy(service: S): readonly NamedSecret[];
  /** Returns the app secrets that reach the process through its environment, in any order. */
  reaching(process: ProcessPlan<S, Details>): readonly string[];
}

export interface FlyHost {
  readonly fleet: Fleet;
  readonly region: RegionCode;
  /** Whether Fly may stop the Machine while nobody visits. */
  readonly idles: boolean;
}
