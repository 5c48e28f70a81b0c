/** A whole fleet as one value: the two sides of a change. */
import type { GlobalDesired, RegionDesired } from "../model/desired.ts";
import type { HostPlan, ProcessPlan } from "../model/plan.ts";
import type { Spec } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { DatabasePlan, ServiceTypes } from "../services/service-type.ts";

export interface FleetDesired {
  readonly global: GlobalDesired;
  /** In rollout order: the canary region first. */
  readonly regions: readonly RegionSide[];
  /** Undefined: the fleet has no database. */
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
  /** What holds the data: `JetStream`. */
  readonly label: string;
  /** How many hosts of the region hold this data: with one, its reboot is an interruption. */
  readonly servers: number;
}

export interface DatabaseSide extends DatabasePlan {
  /** How people write its type: `PocketBase`. */
  readonly label: string;
}

/** Differences of the whole fleet that reach hosts in every region. */
export interface FleetReach {
  /** Another Fly app: nothing can be taken along. */
  readonly isOtherApp: boolean;
  /** Secrets whose values `global` replaces. */
  readonly renewedSecrets: ReadonlySet<string>;
}

/** What each host of a plan does, by name. */
export function rolesOfHosts(types: ServiceTypes, hosts: readonly HostPlan[]): RegionSide["hosts"] {
  return Object.fromEntries(hosts.map((host) => [host.name, rolesOf(types, host)]));
}

function rolesOf(types: ServiceTypes, host: HostPlan): HostRoles {
  return {
    services: [...new Set(host.processes.map(({ service }) => service.name))].sort(),
    data: host.processes.flatMap((process) => dataRole(types, host, process)),
  };
}

function dataRole(
  types: ServiceTypes,
  { region, index }: HostPlan,
  { kind, service }: ProcessPlan,
): DataRole[] {
  if (kind === "slot") return [];
  const storage = typeOf(types, service).storage(service, region);
  if (storage === undefined || index >= storage.hosts) return [];
  return [{ service: service.name, label: storage.label, servers: storage.hosts }];
}

export function databaseOf(types: ServiceTypes, spec: Spec): DatabaseSide | undefined {
  for (const service of spec.services) {
    const type = typeOf(types, service);
    const database = type.database(service);
    if (database !== undefined) return { ...database, label: type.label };
  }
  return undefined;
}
