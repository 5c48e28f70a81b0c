/** Latency doesn't tell how many replicas are missing, so it asks for one more or one fewer at a time. */
import type { Sample } from "./measurements.ts";
import type { MetricPolicy } from "./policy.ts";
import type { MetricMemory } from "./state.ts";
import type { SampleRecommendation } from "./sample-vote.ts";

type LatencyMetric = Extract<MetricPolicy, { type: "latency" }>;

/** With two or more replicas, removing one at most doubles the latency. */
const GOOD_SHARE = 0.5;

/** Counts only samples taken while as many replicas ran as run now. `own` is the count recommended until now. */
export function recommendByLatency(
  metric: LatencyMetric,
  sample: Sample,
  running: number | undefined,
  latest: MetricMemory["latest"],
  own: number,
  tolerance: number,
): SampleRecommendation {
  const { targetMilliseconds: target, breaches, samples: most, percentile } = metric;
  if (running === undefined)
    return { count: own, reason: "the number of running replicas is unknown" };
  const samples = remember(latest?.running === running ? latest.samples : [], sample, most);
  const remembered = { latest: { running, samples } };
  if (running < own)
    return { count: own, reason: `only ${running} of ${own} replicas run so far`, ...remembered };
  const slow = samples.filter(({ value }) => value > target * (1 + tolerance)).length;
  const name = `p${percentile}`;
  if (slow >= breaches) {
    const reason = `${slow} of the last ${samples.length} ${name} are over ${target} ms, ${running} replicas aren't enough`;
    return { count: running + 1, reason, ...remembered };
  }
  const isGood = samples.every(({ value }) => value < target * (1 - tolerance) * GOOD_SHARE);
  const fewer = Math.max(running - 1, 1);
  if (isGood && samples.length >= most && fewer < own) {
    const reason = `the last ${most} ${name} are under half of ${target} ms, ${fewer} are enough`;
    return { count: fewer, reason, ...remembered };
  }
  const reason = `${name} ${Math.round(sample.value)} ms, ${slow} of the last ${samples.length} over ${target} ms`;
  return { count: own, reason, ...remembered };
}

/** Appends the sample, unless it has been seen: a source may return the same sample twice. */
function remember(
  samples: readonly { atSeconds: number; value: number }[],
  { atSeconds, value }: Sample,
  most: number,
): { atSeconds: number; value: number }[] {
  const known = samples.filter((each) => each.atSeconds < atSeconds);
  return [...known, { atSeconds, value }].slice(-most);
}
