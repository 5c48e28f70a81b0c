import type { RegionCode } from "../catalog/fly-regions.ts";
import type {
  CaddyService,
  FleetRegion,
  JetstreamSpec,
  NatsService,
  PocketbaseService,
  ProcessService,
  Spec,
} from "./spec.ts";
import type { CountPlan } from "../plan/counts.ts";

/** One region, decided: who runs where under which name, address and port. Rendering only writes it down. */
export interface RegionPlan {
  readonly spec: Spec;
  readonly region: FleetRegion;
  readonly hosts: readonly HostPlan[];
  /** By service name. */
  readonly counts: readonly CountPlan[];
}

export interface HostPlan {
  readonly name: string;
  readonly index: number;
  readonly region: RegionCode;
  /** Hosts beyond the effective count are kept stopped. */
  readonly state: "started" | "stopped";
  /** Whether Fly may stop it while nobody visits. */
  readonly idles: boolean;
  /** Only data hosts have one. */
  readonly volume: { readonly name: string; readonly sizeGb: number } | undefined;
  /** By name: everything in this host's Process Compose project, switched on or not. Hosts of one shape share it. */
  readonly processes: readonly ProcessPlan[];
  /** How many slots of each `local` service of the region are on, here; by name. Equal ones are one object. */
  readonly active: Readonly<Record<string, number>>;
  /** Slots there are per `local` service of the region: its `max_per_host`. */
  readonly slots: Readonly<Record<string, number>>;
  /** The longest chain of stop timeouts, one service waiting for the other. */
  readonly stopSeconds: number;
}

export type ProcessPlan = CaddyPlan | NatsPlan | PocketbasePlan | SlotPlan;

interface ProcessBase {
  readonly name: string;
  /** Names of processes on the same host that start first and stop last. */
  readonly dependsOn: readonly DependencyPlan[];
}

export interface DependencyPlan {
  readonly name: string;
  readonly condition: "process_healthy" | "process_started" | "process_completed_successfully";
}

interface CaddyPlan extends ProcessBase {
  readonly service: CaddyService;
}

export interface NatsPlan extends ProcessBase {
  readonly service: NatsService;
  /** JetStream server, or leaf node of the region's servers. */
  readonly role: "core" | "leaf";
  readonly domain: RegionCode;
  readonly jetstream: JetstreamSpec;
  /** DNS names of the servers this one links to as a leaf node. */
  readonly remotes: readonly string[];
  /** DNS names of all servers of the region's cluster, itself included; empty for one server. */
  readonly routes: readonly string[];
  /** Names whose pages may open a WebSocket; undefined: no route leads here, so there is none. */
  readonly origins: readonly string[] | undefined;
}

interface PocketbasePlan extends ProcessBase {
  readonly service: PocketbaseService;
}

export interface SlotPlan extends ProcessBase {
  readonly service: ProcessService;
  readonly slot: number;
  readonly ports: Readonly<Record<string, number>>;
  /** The spec's, of this region. */
  readonly environment: Readonly<Record<string, string>>;
  /** `nats://…`, undefined where the region has no NATS. */
  readonly natsUrl: string | undefined;
  /** `http://…`, undefined where the region reaches no PocketBase. */
  readonly pocketbaseUrl: string | undefined;
}

/** The process of a type that is once per host at most. */
export function processOfType<T extends "caddy" | "nats" | "pocketbase">(
  host: HostPlan,
  type: T,
): Extract<ProcessPlan, { service: { type: T } }> | undefined {
  return host.processes.find(
    (process): process is Extract<ProcessPlan, { service: { type: T } }> =>
      process.service.type === type,
  );
}
