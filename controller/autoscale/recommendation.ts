/** What a single metric asks for. */
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
  /** In plain words. */
  readonly reason: string;
  /** What was measured, if it counted. */
  readonly sample?: Sample;
}

/**
 * A fresh sample asks for what it needs. One that is stale or missing asks for what there is, and an incomplete one
 * for no less; after `holdSeconds` without a full one, for the spec's count instead of what there is.
 */
export function recommend(
  metric: MetricPolicy,
  look: Measurements,
  memory: MetricMemory | undefined,
  own: number,
  policy: Policy,
  nowSeconds: number,
): { readonly vote: Recommendation; readonly memory: MetricMemory } {
  const name = metricName(metric);
  const sample = freshSample(look.readings[name], policy.intervalSeconds, nowSeconds);
  const heard = memory ?? { heardAtSeconds: nowSeconds };
  const isLapsed = nowSeconds - heard.heardAtSeconds >= policy.holdSeconds;
  const floor = isLapsed ? policy.replicas : own;
  const hold = isLapsed ? `is back to the spec's ${floor}` : `holds ${floor}`;
  if (typeof sample === "string") {
    const reason = `${name}: ${sample}, so it ${hold}`;
    return { vote: { metric: name, count: floor, reason }, memory: heard };
  }
  const { count, reason, latest } =
    metric.type === "latency"
      ? recommendByLatency(metric, sample, look.running, heard.latest, own, policy.tolerance)
      : recommendInProportion(metric, sample, own, policy.tolerance);
  const remembered = latest === undefined ? {} : { latest };
  if (sample.missing > 0 && count <= floor) {
    const incomplete = `${name}: ${sample.missing} of the replicas couldn't be measured, so it ${hold}`;
    return {
      vote: { metric: name, count: floor, reason: incomplete, sample },
      memory: { ...heard, ...remembered },
    };
  }
  const heardAtSeconds = sample.missing > 0 ? heard.heardAtSeconds : sample.atSeconds;
  return {
    vote: { metric: name, count, reason: `${name}: ${reason}`, sample },
    memory: { heardAtSeconds, ...remembered },
  };
}
