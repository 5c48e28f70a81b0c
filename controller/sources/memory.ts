import { readProcesses } from "./process-usage.ts";
import type { MetricSource } from "./metric-source.ts";

/** Returns the MB that all replicas of the service use together. */
export const read: MetricSource<"memory"> = async (request, ports) =>
  readProcesses(request, ports, ({ memoryMb }) => memoryMb);
