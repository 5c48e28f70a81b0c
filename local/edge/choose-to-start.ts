/** Which stopped or suspended Machine a connection starts. Pure. (docs: reference/fly-proxy-autostop-autostart) */
import { distanceKm } from "./distance.ts";
import { type EdgeMachine, type EdgeTarget, isRoutable, targetOf } from "./edge-machine.ts";

/**
 * Looks at the nearest region with a healthy or startable Machine: when every healthy Machine there is at its soft limit, or
 * there is none, returns a startable one of that region; otherwise undefined.
 *
 * @param connections open connections by Machine id
 */
export function chooseToStart(
  machines: readonly EdgeMachine[],
  app: string,
  visitorRegion: string,
  connections: ReadonlyMap<string, number>,
): EdgeTarget | undefined {
  const own = machines.filter((machine) => machine.app === app && !machine.cordoned);
  const targets = own.flatMap((machine) => targetOf(machine) ?? []);
  const running = targets.filter(({ machine }) => isRoutable(machine));
  const startable = targets.filter(
    ({ machine, autostart }) =>
      autostart && isStartable(machine) && machine.host_away === undefined,
  );
  const regions = [...new Set([...running, ...startable].map(({ machine }) => machine.region))];
  const [nearest] = regions.toSorted(
    (a, b) => distanceKm(visitorRegion, a) - distanceKm(visitorRegion, b) || (a < b ? -1 : 1),
  );
  const here = ({ machine }: EdgeTarget): boolean => machine.region === nearest;
  const isBusy = running
    .filter(here)
    .every(({ machine, softLimit }) => (connections.get(machine.id) ?? 0) >= softLimit);
  if (!isBusy) return undefined;
  return startable.filter(here).toSorted((a, b) => (a.machine.id < b.machine.id ? -1 : 1))[0];
}

/** A Machine that another connection is starting counts too: a check in `warning` hasn't been tried yet. */
function isStartable({ state, checks }: EdgeMachine): boolean {
  if (["stopped", "suspended", "starting"].includes(state)) return true;
  return state === "started" && checks.some(({ status }) => status === "warning");
}
