import { readProcesses } from "./process-usage.ts";
import type { MetricSource } from "./metric-source.ts";

/** An older inspection is no start for a share of a core: it would say little about now. */
const LONGEST_INTERVALS = 3;

/** Returns the cores that all replicas of the service use together. */
export const read: MetricSource<"cpu"> = async (request, ports) => {
  const { intervalSeconds } = request;
  return readProcesses(request, ports, ({ cores, ageMs }, { at, before }) => {
    if (before === undefined || at - before > LONGEST_INTERVALS * intervalSeconds * 1_000)
      return undefined;
    // A process that restarted since the last inspection has no CPU reading yet.
    return ageMs !== undefined && at - ageMs < before ? cores : undefined;
  });
};
