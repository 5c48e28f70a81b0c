/** Which sleeping Machine a connection wakes. Pure. (docs: reference/fly-proxy-autostop-autostart) */
import { distanceKm } from "./distance.ts";
import { type EdgeMachine, type EdgeTarget, isRoutable, targetOf } from "./edge-machine.ts";

/**
 * The sleeper of the nearest region that has any well Machine or one to wake, when every one awake there is above its
 * soft limit; so with nobody awake anywhere, the nearest sleeper. Undefined when nothing is to be woken.
 *
 * @param connections open connections by Machine id
 */
export function chooseSleeper(
  machines: readonly EdgeMachine[],
  app: string,
  visitorRegion: string,
  connections: ReadonlyMap<string, number>,
): EdgeTarget | undefined {
  const own = machines.filter((machine) => machine.app === app && !machine.cordoned);
  const targets = own.flatMap((machine) => targetOf(machine) ?? []);
  const awake = targets.filter(({ machine }) => isRoutable(machine));
  const asleep = targets.filter(
    ({ machine, autostart }) => autostart && isAsleep(machine) && machine.host_away === undefined,
  );
  const regions = [...new Set([...awake, ...asleep].map(({ machine }) => machine.region))];
  const [nearest] = regions.toSorted(
    (a, b) => distanceKm(visitorRegion, a) - distanceKm(visitorRegion, b) || (a < b ? -1 : 1),
  );
  const here = ({ machine }: EdgeTarget): boolean => machine.region === nearest;
  const isBusy = awake
    .filter(here)
    .every(({ machine, softLimit }) => (connections.get(machine.id) ?? 0) >= softLimit);
  if (!isBusy) return undefined;
  return asleep.filter(here).toSorted((a, b) => (a.machine.id < b.machine.id ? -1 : 1))[0];
}

/** Or on its way up, woken by another visitor: a check that is `warning` hasn't been tried yet. */
function isAsleep({ state, checks }: EdgeMachine): boolean {
  if (["stopped", "suspended", "starting"].includes(state)) return true;
  return state === "started" && checks.some(({ status }) => status === "warning");
}
