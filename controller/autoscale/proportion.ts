/** Metrics that are shared among the replicas: twice the load needs twice as many. */
import type { Sample } from "./measurements.ts";
import type { MetricPolicy } from "./policy.ts";
import type { SampleRecommendation } from "./sample-vote.ts";

type ProportionalMetric = Exclude<MetricPolicy, { type: "latency" }>;

const UNITS = {
  queue_depth: "messages",
  cpu: "cores",
  memory: "MB",
  in_flight: "requests",
} as const satisfies Record<ProportionalMetric["type"], string>;

/**
 * Up to what the load needs, once it is over the tolerance. Down only as far as leaves the tolerance as room: then
 * noise no larger than the tolerance, around a load that stays, never scales up again what it has scaled down.
 */
export function recommendInProportion(
  metric: ProportionalMetric,
  { value }: Sample,
  own: number,
  tolerance: number,
): SampleRecommendation {
  const { type, target } = metric;
  // Nothing would be left to measure: only a queue fills without replicas.
  const least = type === "queue_depth" ? 0 : 1;
  const measured = `${round(value)} ${UNITS[type]} at ${target} per replica`;
  const needed = Math.max(wholeReplicas(value / target), least);
  if (value > (1 + tolerance) * target * own && needed > own)
    return { count: needed, reason: `${measured} need ${needed}` };
  const enough = Math.max(wholeReplicas(value / (target * (1 - tolerance))), least);
  if (enough < own) return { count: enough, reason: `${measured} need no more than ${enough}` };
  return { count: own, reason: `${measured} fit ${own}` };
}

/** 2.0000000001 is 2: 2.1 cores at 0.7 are three replicas, not four. A tolerance of 1 leaves nothing to divide by. */
function wholeReplicas(share: number): number {
  return Number.isFinite(share) ? Math.max(Math.ceil(share - 1e-9), 0) : Number.MAX_SAFE_INTEGER;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
