/** Metrics whose load the replicas share: twice the load needs twice the replicas. */
import { METRICS } from "../../compiler/compile.ts";
import type { Sample } from "./measurements.ts";
import type { MetricPolicy } from "./policy.ts";
import type { SampleRecommendation } from "./sample-vote.ts";

type ProportionalMetric = Exclude<MetricPolicy, { type: "latency" }>;

/**
 * Scales out to what the load needs once it exceeds the tolerance. Scales in only so far that the tolerance remains as room:
 * noise within the tolerance around a constant load then never undoes a scale-in. `own` is the count recommended until now.
 */
export function recommendInProportion(
  metric: ProportionalMetric,
  { value }: Sample,
  own: number,
  tolerance: number,
): SampleRecommendation {
  const { type, target } = metric;
  // Without a replica there is nothing to measure, except for a queue, which fills without consumers.
  const least = type === "queue_depth" ? 0 : 1;
  const measured = `${round(value)} ${METRICS[type].unit} at ${target} per replica`;
  const needed = Math.max(wholeReplicas(value / target), least);
  if (value > (1 + tolerance) * target * own && needed > own)
    return { count: needed, reason: `${measured} need ${needed}` };
  const enough = Math.max(wholeReplicas(value / (target * (1 - tolerance))), least);
  if (enough < own) return { count: enough, reason: `${measured} need no more than ${enough}` };
  return { count: own, reason: `${measured} fit ${own}` };
}

/** Rounds up, but takes 2.0000000001 as 2: 2.1 cores at 0.7 are three replicas, not four. A tolerance of 1 divides by 0. */
function wholeReplicas(share: number): number {
  return Number.isFinite(share) ? Math.max(Math.ceil(share - 1e-9), 0) : Number.MAX_SAFE_INTEGER;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
