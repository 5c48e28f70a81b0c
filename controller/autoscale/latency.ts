/** Latency is no measure of how many replicas are missing: it asks for one more or one fewer at a time. */
import type { Sample } from "./measurements.ts";
import type { MetricPolicy } from "./policy.ts";
import type { MetricMemory } from "./state.ts";
import type { SampleRecommendation } from "./sample-vote.ts";

type LatencyMetric = Extract<MetricPolicy, { type: "latency" }>;

/** One replica fewer at most doubles it, if there are two or more. */
const GOOD_SHARE = 0.5;

/** Only samples of as many replicas as run now say something about them. */
export function recommendByLatency(
  metric: LatencyMetric,
  sample: Sample,
  running: number | undefined,
  latest: MetricMemory["latest"],
  own: number,
  tolerance: number,
): SampleRecommendation {
  const { targetMilliseconds: target, breaches, samples: most, percentile } = metric;
  if (running === undefined) return { count: own, reason: "nobody knows how many replicas run" };
  const samples = remember(latest?.running === running ? latest.samples : [], sample, most);
  const remembered = { latest: { running, samples } };
  if (running < own)
    return { count: own, reason: `${running} of ${own} replicas run yet`, ...remembered };
  const slow = samples.filter(({ value }) => value > target * (1 + tolerance)).length;
  const name = `p${percentile}`;
  if (slow >= breaches) {
    const reason = `${slow} of the last ${samples.length} ${name} are over ${target} ms, ${running} replicas don't do`;
    return { count: running + 1, reason, ...remembered };
  }
  const isGood = samples.every(({ value }) => value < target * (1 - tolerance) * GOOD_SHARE);
  const fewer = Math.max(running - 1, 1);
  if (isGood && samples.length >= most && fewer < own) {
    const reason = `the last ${most} ${name} are under half of ${target} ms, ${fewer} do`;
    return { count: fewer, reason, ...remembered };
  }
  const reason = `${name} ${Math.round(sample.value)} ms, ${slow} of the last ${samples.length} over ${target} ms`;
  return { count: own, reason, ...remembered };
}

/** A source may show the same sample at two looks. */
function remember(
  samples: readonly { atSeconds: number; value: number }[],
  { atSeconds, value }: Sample,
  most: number,
): { atSeconds: number; value: number }[] {
  const known = samples.filter((each) => each.atSeconds < atSeconds);
  return [...known, { atSeconds, value }].slice(-most);
}
