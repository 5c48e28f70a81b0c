import { instantOf } from "../model/shapes.ts";
import type { Burst } from "../model/burst.ts";
import type { Pause } from "../model/pause.ts";
import type { MetricSignal, Signals } from "../model/signals.ts";
import type { StoredDecision } from "../store/store.ts";
import { endOverPauses } from "./pauses.ts";

export interface SignalSources {
  readonly bursts: readonly Burst[];
  readonly decisions: readonly StoredDecision[];
  /** Including pauses that ended after the oldest of the decisions. */
  readonly pauses: readonly Pause[];
}

/** Renders the signals document that every `up` reads. It also holds bursts that start later: the reader knows the time. */
export function renderSignals({ bursts, decisions, pauses }: SignalSources, now: number): Signals {
  return {
    version: 1,
    as_of: instantOf(now),
    bursts: bursts
      .filter((burst) => burst.ended_at === undefined && Date.parse(burst.until) > now)
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
      .map((decision) => recommendation(decision, pauses))
      .filter((metric) => metric !== undefined)
      .filter((metric) => Date.parse(metric.valid_until) > now),
  };
}

/** The decision as a recommendation. Its validity doesn't go on during a pause, which holds back every change. */
function recommendation(
  { service, region, count, reason, valid_until: until, at }: StoredDecision,
  pauses: readonly Pause[],
): MetricSignal | undefined {
  if (count === undefined || until === undefined) return undefined;
  const end = endOverPauses(pauses, { service, region }, Date.parse(at), Date.parse(until));
  return { service, region, count, reason, valid_until: instantOf(end) };
}
