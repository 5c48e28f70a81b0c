import { isLive } from "../model/timed-override.ts";
import type { Pause } from "../model/pause.ts";

export interface PauseScope {
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

/**
 * Returns the live pause that holds this back in the scope, or undefined. `all` covers the other two kinds. A pause of a
 * region or a service covers only that; a pause of both covers the service in the region.
 *
 * @param now milliseconds since 1970
 */
export function pauseOf(
  pauses: readonly Pause[],
  what: Pause["what"],
  scope: PauseScope,
  now: number,
): Pause | undefined {
  return pauses.find((pause) => isLive(pause, now) && covers(pause, what, scope));
}

/**
 * Returns when a validity ends that doesn't go on during pauses of the autoscaler: `end`, plus the time of the pauses since
 * `from`. All in milliseconds since 1970.
 */
export function endOverPauses(
  pauses: readonly Pause[],
  scope: Required<PauseScope>,
  from: number,
  end: number,
): number {
  return stretches(pauses, scope).reduce((over, stretch) => {
    const began = Math.max(stretch.from, from);
    return began < over && began < stretch.to ? over + stretch.to - began : over;
  }, end);
}

/** Returns for how many milliseconds between two moments the autoscaler was paused in the scope. */
export function pausedBetween(
  pauses: readonly Pause[],
  scope: Required<PauseScope>,
  from: number,
  to: number,
): number {
  return stretches(pauses, scope)
    .map((stretch) => Math.min(stretch.to, to) - Math.max(stretch.from, from))
    .reduce((sum, length) => sum + Math.max(length, 0), 0);
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Returns when the autoscaler is or was paused in the scope: in order, with adjoining and overlapping pauses merged. */
function stretches(pauses: readonly Pause[], scope: Required<PauseScope>): readonly Stretch[] {
  const each = pauses
    .filter((pause) => covers(pause, "autoscale", scope))
    .map(({ from, until, ended_at: ended = until }) => ({
      from: Date.parse(from),
      to: Math.min(Date.parse(until), Date.parse(ended)),
    }))
    .toSorted((a, b) => a.from - b.from);
  const merged: Stretch[] = [];
  for (const { from, to } of each) {
    const last = merged.at(-1);
    if (last === undefined || from > last.to) merged.push({ from, to });
    else merged.splice(-1, 1, { from: last.from, to: Math.max(last.to, to) });
  }
  return merged;
}

function covers(pause: Pause, what: Pause["what"], scope: PauseScope): boolean {
  return (
    (pause.what === what || pause.what === "all") &&
    (pause.region === undefined || pause.region === scope.region) &&
    (pause.service === undefined || pause.service === scope.service)
  );
}

/** `repair paused in iad until 2026-01-01T10:00:00Z by ann: looking into it`. */
export function describePause({ what, region, service, until, author, reason }: Pause): string {
  const place = [service, region && `in ${region}`].filter(Boolean).join(" ") || "everywhere";
  return `${what === "all" ? "everything" : what} is paused ${place} until ${until} by ${author}: ${reason}`;
}
