/**
 * Turns one set of measurements into the recommended count. Pure: the time is an argument, and the state goes in and comes
 * out as plain JSON. Bursts play no part: the compiler takes the larger of the two counts.
 */
import { instantOf } from "../model/shapes.ts";
import type { MetricSignal } from "../model/signals.ts";
import type { Measurements } from "./measurements.ts";
import { limitRate, stabilise } from "./scaling-rate.ts";
import type { Policy } from "./policy.ts";
import { metricName } from "./policy.ts";
import { forgetPast, longerWindow } from "./history.ts";
import type { AutoscaleState } from "./state.ts";
import { recommend } from "./recommendation.ts";
import type { Recommendation } from "./recommendation.ts";

export interface ScalingDecision {
  readonly state: AutoscaleState;
  /** The recommended count, inside the bounds; undefined if the spec's own count holds. */
  readonly count: number | undefined;
  /** One sentence, for status and audit log. */
  readonly reason: string;
  /** Seconds since 1970: `holdSeconds` after the last sample that counted. Undefined exactly if `count` is. */
  readonly validUntilSeconds: number | undefined;
  readonly inputs: {
    /** The count recommended until now, or the spec's count. */
    readonly from: number;
    /** The count the metrics ask for, before windows and rates. */
    readonly wanted: number;
    readonly running: number | undefined;
    readonly votes: readonly Recommendation[];
  };
}

/** After so many intervals without a decision the windows no longer cover what the metrics asked for. */
const GAP_INTERVALS = 3;

/** Takes the largest recommendation of the metrics, stabilises it by the windows, limits it by the rates, inside the bounds. */
export function decide(
  state: AutoscaleState,
  measurements: Measurements,
  policy: Policy,
  nowSeconds: number,
): ScalingDecision {
  const past = forgetPast(state, policy, nowSeconds);
  const { standing } = past;
  const from = clamp(standing?.count ?? policy.replicas, policy);
  const heard = policy.metrics.map((metric) =>
    recommend(metric, measurements, past.metrics[metricName(metric)], from, policy, nowSeconds),
  );
  const votes = heard.map(({ vote }) => vote);
  const metrics = Object.fromEntries(heard.map(({ vote, memory }) => [vote.metric, memory]));
  const strongest = votes.reduce((best, vote) => (vote.count > best.count ? vote : best));
  const wanted = clamp(strongest.count, policy);
  const inputs = { from, wanted, running: measurements.running, votes };
  const heardAt = votes.flatMap(({ sample }) => (sample === undefined ? [] : [sample.atSeconds]));
  const heardAtSeconds = Math.max(...heardAt, standing?.heardAtSeconds ?? Number.NEGATIVE_INFINITY);
  const untilSeconds = heardAtSeconds + policy.holdSeconds;
  const seen = {
    ...past,
    metrics,
    lookedAtSeconds: nowSeconds,
    windowSeconds: longerWindow(policy),
  };
  if (untilSeconds <= nowSeconds)
    return {
      state: { ...seen, standing: undefined },
      count: undefined,
      reason: `no metric has a usable sample, so the spec's ${policy.replicas} holds: ${votes.map(({ reason }) => reason).join("; ")}`,
      validUntilSeconds: undefined,
      inputs,
    };

  const seed = isUncovered(past, policy, nowSeconds)
    ? [{ atSeconds: nowSeconds, count: from }]
    : [];
  const recommendations = [
    ...past.recommendations,
    ...seed,
    { atSeconds: nowSeconds, count: wanted },
  ];
  const stable = stabilise(from, recommendations, policy, wanted, nowSeconds);
  const limited = limitRate(from, stable.count, past.changes, policy, nowSeconds);
  const count = clamp(limited.count, policy);
  const change = count === from ? [] : [{ atSeconds: nowSeconds, from, to: count }];
  const limits = [boundOf(strongest.count, policy), stable.limit, limited.limit].filter(
    (limit) => limit !== undefined,
  );
  return {
    state: {
      ...seen,
      standing: { count, heardAtSeconds },
      recommendations,
      changes: [...past.changes, ...change],
    },
    count,
    reason: [strongest.reason, ...limits].join("; "),
    validUntilSeconds: untilSeconds,
    inputs,
  };
}

/** The decision as an entry of the signals document; undefined where the spec's own count holds. */
export function signalOf(
  service: string,
  region: string,
  {
    count,
    reason,
    validUntilSeconds,
  }: Pick<ScalingDecision, "count" | "reason" | "validUntilSeconds">,
): MetricSignal | undefined {
  if (count === undefined || validUntilSeconds === undefined) return undefined;
  return { service, region, count, valid_until: instantOf(validUntilSeconds * 1_000), reason };
}

/** Whether the windows don't cover the recent past, so that they start again with the current count. */
function isUncovered(
  { standing, lookedAtSeconds, windowSeconds }: AutoscaleState,
  policy: Policy,
  nowSeconds: number,
): boolean {
  return (
    standing === undefined ||
    lookedAtSeconds === undefined ||
    nowSeconds - lookedAtSeconds > GAP_INTERVALS * policy.intervalSeconds ||
    windowSeconds < longerWindow(policy)
  );
}

function clamp(count: number, { min, max }: Policy): number {
  return Math.min(Math.max(count, min), max);
}

function boundOf(count: number, { min, max }: Policy): string | undefined {
  if (count > max) return `max is ${max}`;
  return count < min ? `min is ${min}` : undefined;
}
