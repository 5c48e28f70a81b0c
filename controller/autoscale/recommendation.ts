/** The count that a single metric recommends. */
import type { Measurements, Sample } from "./measurements.ts";
import { freshSample } from "./measurements.ts";
import { recommendByLatency } from "./latency.ts";
import { metricName } from "./policy.ts";
import type { MetricPolicy, Policy } from "./policy.ts";
import { recommendInProportion } from "./proportion.ts";
import type { MetricMemory } from "./state.ts";

export interface Recommendation {
  readonly metric: string;
  readonly count: number;
  /** One sentence for people. */
  readonly reason: string;
  /** The sample, if it was usable. */
  readonly sample?: Sample;
}

/**
 * A fresh sample recommends what its load needs. A stale or missing sample recommends the current count, and an incomplete
 * one no less than that. After `holdSeconds` without a complete sample the spec's count takes the current count's place.
 */
export function recommend(
  metric: MetricPolicy,
  measurements: Measurements,
  memory: MetricMemory | undefined,
  own: number,
  policy: Policy,
  nowSeconds: number,
): { readonly vote: Recommendation; readonly memory: MetricMemory } {
  const name = metricName(metric);
  const sample = freshSample(measurements.readings[name], policy.intervalSeconds, nowSeconds);
  const past = memory ?? { heardAtSeconds: nowSeconds };
  const isLapsed = nowSeconds - past.heardAtSeconds >= policy.holdSeconds;
  const floor = isLapsed ? policy.replicas : own;
  const hold = isLapsed ? `is back to the spec's ${floor}` : `holds ${floor}`;
  if (typeof sample === "string") {
    const reason = `${name}: ${sample}, so it ${hold}`;
    return { vote: { metric: name, count: floor, reason }, memory: past };
  }
  const { count, reason, latest } =
    metric.type === "latency"
      ? recommendByLatency(metric, sample, measurements.running, past.latest, own, policy.tolerance)
      : recommendInProportion(metric, sample, own, policy.tolerance);
  const remembered = latest === undefined ? {} : { latest };
  if (sample.missing > 0 && count <= floor) {
    const incomplete = `${name}: ${sample.missing} of the replicas couldn't be measured, so it ${hold}`;
    return {
      vote: { metric: name, count: floor, reason: incomplete, sample },
      memory: { ...past, ...remembered },
    };
  }
  const heardAtSeconds = sample.missing > 0 ? past.heardAtSeconds : sample.atSeconds;
  return {
    vote: { metric: name, count, reason: `${name}: ${reason}`, sample },
    memory: { heardAtSeconds, ...remembered },
  };
}
