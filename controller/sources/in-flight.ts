import { countsOfHosts } from "./caddy-metrics.ts";
import type { MetricSource } from "./metric-source.ts";

/** Returns the requests in flight on all hosts that carry the service. */
export const read: MetricSource<"in_flight"> = async ({ carriers, now }, { readText }) => {
  const answers = await countsOfHosts(carriers, readText);
  if ("error" in answers) return answers;
  const { counts, missing } = answers;
  const value = [...counts.values()].reduce((sum, { inFlight }) => sum + inFlight, 0);
  return { atSeconds: now / 1_000, value, missing };
};
