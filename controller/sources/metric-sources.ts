/**
 * The registry of metric sources: one file per metric type of the spec, each exporting `read`. A type without a source
 * doesn't compile.
 */
import type { Reading } from "../autoscale/measurements.ts";
import { read as readCpu } from "./cpu.ts";
import type { HostInspector } from "./host-inspector.ts";
import { read as readInFlight } from "./in-flight.ts";
import { read as readLatency } from "./latency.ts";
import { read as readMemory } from "./memory.ts";
import type { MetricRequest, MetricSource, MetricType, SourcePorts } from "./metric-source.ts";
import type { ReadText } from "./private-network.ts";
import { read as readQueueDepth } from "./queue-depth.ts";

type MetricSources = { readonly [T in MetricType]: MetricSource<T> };

const SOURCES = {
  queue_depth: readQueueDepth,
  cpu: readCpu,
  memory: readMemory,
  in_flight: readInFlight,
  latency: readLatency,
} satisfies MetricSources;

export type ReadMetric = (request: MetricRequest) => Promise<Reading>;

export function createMetricReader(readText: ReadText, inspector: HostInspector): ReadMetric {
  const ports: SourcePorts = { readText, inspector, earlierCounts: new Map() };
  return async (request) => sourceOf(request.metric.type)(request, ports);
}

/** The request's metric is of that type, which the type system can't follow through the lookup. */
function sourceOf(type: MetricType): MetricSource<MetricType> {
  const sources: MetricSources = SOURCES;
  return sources[type] as MetricSource<MetricType>;
}
