/** Which Machines a connection may go to, best first. Pure. */
import { distanceKm } from "./distance.ts";
import { type EdgeMachine, type EdgeTarget, isRoutable, targetOf } from "./edge-machine.ts";

/**
 * The nearest region first, in it the least busy Machine; a Machine at its hard limit isn't there, so only then, or when
 * a region has none that is well, does a connection leave its region (docs: reference/load-balancing).
 *
 * @param connections open connections by Machine id
 */
export function chooseTargets(
  machines: readonly EdgeMachine[],
  app: string,
  visitorRegion: string,
  connections: ReadonlyMap<string, number>,
): readonly EdgeTarget[] {
  const busy = (target: EdgeTarget) => connections.get(target.machine.id) ?? 0;
  const distance = (target: EdgeTarget) => distanceKm(visitorRegion, target.machine.region);
  return machines
    .filter((machine) => machine.app === app && isRoutable(machine))
    .flatMap((machine) => targetOf(machine) ?? [])
    .filter((target) => busy(target) < target.hardLimit)
    .toSorted(
      (a, b) =>
        compare(distance(a), distance(b)) ||
        busy(a) - busy(b) ||
        compare(a.machine.id, b.machine.id),
    );
}

/** Two infinite distances are equal; their difference wouldn't be. */
function compare<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
