import type { Burst } from "../model/burst.ts";
import type { Pause } from "../model/pause.ts";
import type { MetricSignal, Signals } from "../model/signals.ts";
import type { Decision } from "../store/store.ts";
import { pauseOf } from "./pauses.ts";

export interface SignalSources {
  readonly bursts: readonly Burst[];
  readonly decisions: readonly Decision[];
  readonly pauses: readonly Pause[];
}

/** The document that any `up` reads. Bursts to come are in it too; who reads it knows the time. */
export function renderSignals({ bursts, decisions, pauses }: SignalSources, now: Date): Signals {
  const at = now.getTime();
  return {
    version: 1,
    as_of: now.toISOString(),
    bursts: bursts
      .filter((burst) => burst.ended_at === undefined && Date.parse(burst.until) > at)
      .map(({ id, service, region, to, from, until, author, reason }) => ({
        id,
        service,
        region,
        to,
        from,
        until,
        author,
        reason,
      })),
    metrics: decisions
      .map((decision) => recommendation(decision, pauses, at))
      .filter((metric) => metric !== undefined)
      .filter((metric) => Date.parse(metric.valid_until) > at),
  };
}

/** A paused autoscaler's last word holds as long as the pause: the pause stops changes, and falling silent is one. */
function recommendation(
  { service, region, count, reason, valid_until: until, at: decidedAt }: Decision,
  pauses: readonly Pause[],
  now: number,
): MetricSignal | undefined {
  if (count === undefined || until === undefined) return undefined;
  const pause = pauseOf(pauses, "autoscale", { region, service }, now);
  const heldBy =
    pause !== undefined && Date.parse(decidedAt) <= Date.parse(pause.from) ? pause : undefined;
  const wasLive = heldBy !== undefined && Date.parse(until) > Date.parse(heldBy.from);
  return {
    service,
    region,
    count,
    reason,
    valid_until: wasLive && heldBy !== undefined ? heldBy.until : until,
  };
}
