/** A whole fleet as one value: the two sides of a change. */
import { fleetRegion, serviceOfType } from "../model/spec.ts";
import type { Spec } from "../model/spec.ts";
import type { HostPlan, ProcessPlan } from "../model/plan.ts";
import { planRegion } from "../plan/region.ts";
import { NO_SIGNALS } from "../plan/signals.ts";
import type { GlobalDesired, RegionDesired } from "../model/desired.ts";
import { renderGlobal } from "../render/global.ts";
import { renderRegion } from "../render/region.ts";

export interface FleetDesired {
  readonly global: GlobalDesired;
  /** In rollout order: the canary region first. */
  readonly regions: readonly RegionSide[];
  /** Undefined: no PocketBase. */
  readonly database: DatabaseSide | undefined;
}

export interface RegionSide {
  readonly desired: RegionDesired;
  /** By host name: what runs there, which the rendered bytes only imply. */
  readonly hosts: Readonly<Record<string, HostRoles>>;
}

export interface HostRoles {
  /** Services with a process in the host's project, switched on or not; sorted. */
  readonly services: readonly string[];
  /** Services that keep data here. */
  readonly data: readonly DataRole[];
}

export interface DataRole {
  readonly service: string;
  readonly type: "nats" | "pocketbase";
  /** How many hosts of the region hold this data: with one, its reboot is a pause. */
  readonly servers: number;
}

export interface DatabaseSide {
  readonly service: string;
  /** Undefined: a data set per region. */
  readonly writer: string | undefined;
  /** Regions that have a data set of their own, sorted. */
  readonly regions: readonly string[];
}

/** A checked spec without signals: what its author asked for, whatever bursts run now. */
export function renderFleet(spec: Spec): FleetDesired {
  const codes = spec.fleet.regions.map(({ code }) => code);
  const order = [...new Set([...spec.fleet.rollout.regionOrder, ...codes])];
  return {
    global: renderGlobal(spec),
    regions: order.flatMap((code) => {
      const region = fleetRegion(spec, code);
      if (region === undefined) return [];
      const plan = planRegion(spec, region, NO_SIGNALS);
      return [
        {
          desired: renderRegion(plan),
          hosts: Object.fromEntries(plan.hosts.map((host) => [host.name, rolesOf(host)])),
        },
      ];
    }),
    database: databaseOf(spec),
  };
}

function rolesOf({ processes }: HostPlan): HostRoles {
  return {
    services: [...new Set(processes.map(({ service }) => service.name))].sort(),
    data: processes.flatMap(dataRole),
  };
}

function dataRole(process: ProcessPlan): DataRole[] {
  const { name: service } = process.service;
  if ("role" in process)
    return process.role === "core"
      ? [{ service, type: "nats", servers: process.jetstream.servers }]
      : [];
  return process.service.type === "pocketbase" ? [{ service, type: "pocketbase", servers: 1 }] : [];
}

function databaseOf(spec: Spec): DatabaseSide | undefined {
  const service = serviceOfType(spec, "pocketbase");
  if (service === undefined) return undefined;
  const regions = Object.entries(service.regions)
    .filter(([, counts]) => counts.replicas > 0)
    .map(([code]) => code)
    .sort();
  return { service: service.name, writer: service.writer, regions };
}
