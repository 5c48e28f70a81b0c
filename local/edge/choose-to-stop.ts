/** Which Machines Fly Proxy stops or suspends in one pass. Pure. (docs: reference/fly-proxy-autostop-autostart) */
import { type EdgeMachine, isRoutable } from "./edge-machine.ts";

export interface MachineToStop {
  readonly machine: EdgeMachine;
  readonly how: "stop" | "suspend";
}

/**
 * Returns at most one Machine per app and region: the one with the fewest connections among those with autostop, when more run
 * than the busy ones and one spare. A region's only Machine is stopped when it has no connections. In the primary region
 * (environment `PRIMARY_REGION`) at least `min_machines_running` keep running; in the others none has to.
 *
 * @param connections open connections by Machine id
 */
export function chooseToStop(
  machines: readonly EdgeMachine[],
  connections: ReadonlyMap<string, number>,
): readonly MachineToStop[] {
  const groups = new Map<string, EdgeMachine[]>();
  for (const machine of machines) {
    if (!isRoutable(machine) || stopModeOf(machine) === undefined) continue;
    const key = `${machine.app} ${machine.region}`;
    groups.set(key, [...(groups.get(key) ?? []), machine]);
  }
  return [...groups.values()].flatMap((group) => pickOne(group, connections) ?? []);
}

function pickOne(
  group: readonly EdgeMachine[],
  connections: ReadonlyMap<string, number>,
): MachineToStop | undefined {
  const load = ({ id }: EdgeMachine): number => connections.get(id) ?? 0;
  const [idlest] = group.toSorted((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1));
  if (idlest === undefined || group.length <= leastRunning(idlest)) return undefined;
  const how = stopModeOf(idlest);
  if (how === undefined) return undefined;
  if (group.length === 1) return load(idlest) === 0 ? { machine: idlest, how } : undefined;
  const busy = group.filter((machine) => load(machine) >= softLimitOf(machine)).length;
  return group.length - (busy + 1) > 0 ? { machine: idlest, how } : undefined;
}

/** Returns how the Machine may be stopped; undefined unless all of its services have autostop. */
function stopModeOf({ config }: EdgeMachine): "stop" | "suspend" | undefined {
  const services = config.services ?? [];
  if (services.length === 0 || services.some(({ autostop }) => !autostop)) return undefined;
  return services.every(({ autostop }) => autostop === "suspend") ? "suspend" : "stop";
}

function leastRunning({ config, region }: EdgeMachine): number {
  if (config.env?.["PRIMARY_REGION"] !== region) return 0;
  return Math.max(0, ...(config.services ?? []).map((s) => s.min_machines_running ?? 0));
}

function softLimitOf({ config }: EdgeMachine): number {
  const limits = (config.services ?? []).flatMap(
    ({ concurrency }) => concurrency?.soft_limit ?? [],
  );
  return limits.length > 0 ? Math.min(...limits) : 20;
}
