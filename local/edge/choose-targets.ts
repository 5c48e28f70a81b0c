/** Which Machines a connection may go to, the best first. Pure. */
import { distanceKm } from "./distance.ts";
import { type EdgeMachine, type EdgeTarget, isRoutable, targetOf } from "./edge-machine.ts";

/**
 * Sorts by region, the nearest first, and in a region by open connections. Machines that are unhealthy or at their hard limit
 * are left out, so a connection leaves its region only when every Machine there is (docs: reference/load-balancing).
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

/** Compares instead of subtracting: the difference of two infinite distances would be NaN. */
function compare<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
