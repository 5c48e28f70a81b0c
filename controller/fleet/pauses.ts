import { isLive } from "../model/for-a-time.ts";
import type { Pause } from "../model/pause.ts";

export interface PauseScope {
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

/**
 * The pause that keeps the controller from doing this here, or undefined. `all` covers the other two. One for a region
 * or service covers only that; one that names both, the service in the region.
 *
 * @param now milliseconds since 1970
 */
export function pauseOf(
  pauses: readonly Pause[],
  what: Pause["what"],
  scope: PauseScope,
  now: number,
): Pause | undefined {
  return pauses.find(
    (pause) =>
      isLive(pause, now) &&
      (pause.what === what || pause.what === "all") &&
      (pause.region === undefined || pause.region === scope.region) &&
      (pause.service === undefined || pause.service === scope.service),
  );
}

/** `repair paused in iad until 2026-01-01T10:00:00Z by ann: looking into it`. */
export function describePause({ what, region, service, until, author, reason }: Pause): string {
  const place = [service, region && `in ${region}`].filter(Boolean).join(" ") || "everywhere";
  return `${what === "all" ? "everything" : what} is paused ${place} until ${until} by ${author}: ${reason}`;
}
