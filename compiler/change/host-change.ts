/** What a change does to one host, and why. */
import type { HostDesired, RegionDesired } from "../model/desired.ts";
import type { HostChange, HostEffect, Reason, Switch } from "./change.ts";
import type { FleetReach, HostRoles } from "./fleet.ts";
import { machineReasons } from "./machine-reasons.ts";

export interface HostPair {
  readonly before: HostSide | undefined;
  readonly after: HostSide | undefined;
}

interface HostSide {
  readonly desired: HostDesired;
  readonly roles: HostRoles;
}

/** Returns undefined if nothing happens to the host. */
export function planHostChange(pair: HostPair, reach: FleetReach): HostChange | undefined {
  const { before, after } = pair;
  const host = (after ?? before)?.desired.name;
  if (host === undefined) return undefined;
  const reasons = before && after ? machineReasons(before.desired, after.desired, reach) : [];
  const effect = effectOf(before?.desired, after?.desired, reasons, reach);
  if (effect === undefined) return undefined;
  return {
    host,
    effect,
    reasons,
    switched: switches(before?.desired, after?.desired),
    comes: without(after?.roles.services, before?.roles.services),
    leaves: without(before?.roles.services, after?.roles.services),
  };
}

/** Follows the provider: a different configuration reboots a Machine, other active slots are switched while it runs. */
function effectOf(
  before: HostDesired | undefined,
  after: HostDesired | undefined,
  reasons: readonly Reason[],
  reach: FleetReach,
): HostEffect | undefined {
  if (after === undefined) return before === undefined ? undefined : "destroy";
  if (before === undefined) return after.state === "started" ? "create" : "create-stopped";
  if (reach.isOtherApp) return "replace";
  if (reasons.length === 0) return undefined;
  if ((before.volume === undefined) !== (after.volume === undefined)) return "recreate";
  if (before.state !== after.state) return after.state === "started" ? "start" : "stop";
  const isSwitch = reasons.every(({ part }) => part === "active");
  if (after.state === "started") return isSwitch ? "switch" : "reboot";
  // A stopped host reads its active slots when it starts.
  return isSwitch ? undefined : "rewrite";
}

/** Whether the host starts with the configuration it has; its slots are switched once it runs. */
export function isPlainStart({ effect, reasons }: HostChange): boolean {
  return effect === "start" && reasons.every(({ part }) => ["state", "active"].includes(part));
}

/** No slot of a stopped host is active, though its slots are rendered. */
function switches(before: HostDesired | undefined, after: HostDesired | undefined): Switch[] {
  const from = running(before);
  const to = running(after);
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .sort()
    .map((service) => ({ service, from: from[service] ?? 0, to: to[service] ?? 0 }))
    .filter((change) => change.from !== change.to);
}

function running(host: HostDesired | undefined): Readonly<Record<string, number>> {
  return host?.state === "started" ? host.active : {};
}

/** Returns the names that the others don't have. */
export function without(names: readonly string[] = [], others: readonly string[] = []): string[] {
  return names.filter((name) => !others.includes(name));
}

/** Hosts of either side, in the order of their numbers. */
export function hostNames(
  before: RegionDesired | undefined,
  after: RegionDesired | undefined,
): string[] {
  const longer = [before, after]
    .map((region) => region?.hosts.map(({ name }) => name) ?? [])
    .toSorted((a, b) => b.length - a.length);
  return [...new Set(longer.flat())];
}
