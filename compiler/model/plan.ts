import type { RegionCode } from "../catalog/fly-regions.ts";
import type { FleetRegion, Service, Spec } from "./spec.ts";

/** One region, decided: which host runs what under which name, address and port. Rendering only writes it down. */
export interface RegionPlan {
  readonly spec: Spec;
  readonly region: FleetRegion;
  readonly hosts: readonly HostPlan[];
  /** By service name. */
  readonly counts: readonly CountPlan[];
}

/** How many replicas of a service run in a region, and why if not as many as the spec says. */
export interface CountPlan {
  readonly service: Service;
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  readonly effective: number;
  readonly deviation: DeviationPlan | undefined;
}

export interface DeviationPlan {
  readonly cause: "burst" | "metric" | "bounds";
  /** Who started the burst. Absent when a metric is what decides. */
  readonly author?: string;
  /** The reason that the burst or the recommendation gives. */
  readonly reason: string;
  /** With `bounds`: which signal asked for how many, and the bound it ran into. */
  readonly limited?: {
    readonly signal: "burst" | "metric";
    readonly asked: number;
    readonly bound: { readonly name: "min" | "max"; readonly value: number };
  };
  readonly until: string;
  /** What decides the count at `until`, if no signal is added. */
  readonly then: { readonly count: number; readonly cause: "spec" | DeviationPlan["cause"] };
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
  /** Number of active slots on this host per local service of the region, by name. Equal ones are one object. */
  readonly active: Readonly<Record<string, number>>;
  /** Number of slots per local service of the region: its `max_per_host`. */
  readonly slots: Readonly<Record<string, number>>;
  /** The longest chain of stop timeouts, one service waiting for the other. */
  readonly stopSeconds: number;
}

/** A process in a host's project. `details` are the business of its service's type. */
export type ProcessPlan<S extends Service = Service, Details = unknown> =
  | ServerPlan<S, Details>
  | SlotPlan<S, Details>;

/** The only process of its service on a host. */
export interface ServerPlan<S extends Service = Service, Details = unknown> extends ProcessBase<
  S,
  Details
> {
  readonly kind: "server";
}

/** One of the slots that a service has on a host. */
export interface SlotPlan<S extends Service = Service, Details = unknown> extends ProcessBase<
  S,
  Details
> {
  readonly kind: "slot";
  readonly slot: number;
}

interface ProcessBase<S extends Service, Details> {
  readonly name: string;
  readonly service: S;
  /** Processes on the same host that start first and stop last. */
  readonly dependsOn: readonly DependencyPlan[];
  readonly details: Details;
}

export interface DependencyPlan {
  readonly name: string;
  readonly condition: "process_healthy" | "process_started" | "process_completed_successfully";
}
