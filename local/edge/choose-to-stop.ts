/** Which Machines Fly Proxy puts to sleep in one pass. Pure. (docs: reference/fly-proxy-autostop-autostart) */
import { type EdgeMachine, isRoutable } from "./edge-machine.ts";

export interface Idle {
  readonly machine: EdgeMachine;
  readonly how: "stop" | "suspend";
}

/**
 * At most one per app and region: the least busy of those that may sleep, when more are awake than the busy ones and one
 * spare. A lone one sleeps when nobody is connected. In the primary region (environment `PRIMARY_REGION`) as many stay
 * awake as `min_machines_running` says; nowhere else.
 *
 * @param connections open connections by Machine id
 */
export function chooseIdle(
  machines: readonly EdgeMachine[],
  connections: ReadonlyMap<string, number>,
): readonly Idle[] {
  const groups = new Map<string, EdgeMachine[]>();
  for (const machine of machines) {
    if (!isRoutable(machine) || sleepOf(machine) === undefined) continue;
    const key = `${machine.app} ${machine.region}`;
    groups.set(key, [...(groups.get(key) ?? []), machine]);
  }
  return [...groups.values()].flatMap((group) => pickOne(group, connections) ?? []);
}

function pickOne(
  group: readonly EdgeMachine[],
  connections: ReadonlyMap<string, number>,
): Idle | undefined {
  const load = ({ id }: EdgeMachine): number => connections.get(id) ?? 0;
  const [idlest] = group.toSorted((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1));
  if (idlest === undefined || group.length <= leastAwake(idlest)) return undefined;
  const how = sleepOf(idlest);
  if (how === undefined) return undefined;
  if (group.length === 1) return load(idlest) === 0 ? { machine: idlest, how } : undefined;
  const busy = group.filter((machine) => load(machine) >= softLimitOf(machine)).length;
  return group.length - (busy + 1) > 0 ? { machine: idlest, how } : undefined;
}

/** A Machine sleeps only when all its services let it. */
function sleepOf({ config }: EdgeMachine): "stop" | "suspend" | undefined {
  const services = config.services ?? [];
  if (services.length === 0 || services.some(({ autostop }) => !autostop)) return undefined;
  return services.every(({ autostop }) => autostop === "suspend") ? "suspend" : "stop";
}

function leastAwake({ config, region }: EdgeMachine): number {
  if (config.env?.["PRIMARY_REGION"] !== region) return 0;
  return Math.max(0, ...(config.services ?? []).map((s) => s.min_machines_running ?? 0));
}

function softLimitOf({ config }: EdgeMachine): number {
  const limits = (config.services ?? []).flatMap(
    ({ concurrency }) => concurrency?.soft_limit ?? [],
  );
  return limits.length > 0 ? Math.min(...limits) : 20;
}
