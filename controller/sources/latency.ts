import { bucketsSince, countsOfHosts, percentileOf } from "./caddy-metrics.ts";
import type { MetricSource } from "./metric-source.ts";

/** Returns the latency at the metric's percentile, in milliseconds, over the requests since the reading before. */
export const read: MetricSource<"latency"> = async (
  { metric, carriers, now },
  { readText, earlierCounts },
) => {
  const answers = await countsOfHosts(carriers, readText);
  if ("error" in answers) return answers;
  const { counts, missing } = answers;
  const since = [...counts].flatMap(([host, after]) => {
    const before = earlierCounts.get(host);
    earlierCounts.set(host, after);
    return before === undefined ? [] : [bucketsSince(after, before)];
  });
  if (since.length === 0)
    return { error: "the first reading has no earlier counts to compare with" };
  return {
    atSeconds: now / 1_000,
    value: percentileOf(since, metric.percentile),
    missing: missing + counts.size - since.length,
  };
};
