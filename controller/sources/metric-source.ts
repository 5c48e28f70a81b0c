import type { MetricName } from "../../compiler/compile.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { Reading } from "../autoscale/measurements.ts";
import type { MetricPolicy } from "../autoscale/policy.ts";
import type { CaddyCounts } from "./caddy-metrics.ts";
import type { HostInspector } from "./host-inspector.ts";
import type { ReadText } from "./private-network.ts";

/** Name of a metric, as in the spec. */
export type MetricType = MetricName;

/** One metric of one service in one region, to be read now. */
export interface MetricRequest<T extends MetricType = MetricType> {
  readonly app: string;
  readonly service: string;
  /** What the spec says about the metric. */
  readonly metric: MetricPolicy & { readonly type: T };
  readonly intervalSeconds: number;
  /** All hosts of the region, from the last list. */
  readonly hosts: readonly ObservedHost[];
  /** The hosts that carry the service, if its strategy is `infra`. */
  readonly carriers: readonly ObservedHost[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a source reads with. */
export interface SourcePorts {
  readonly readText: ReadText;
  readonly inspector: HostInspector;
  /** By host: Caddy's counts of the reading before. Latency covers the requests since then. */
  readonly earlierCounts: Map<string, CaddyCounts>;
}

/** The controller's half of a metric source. A source that can't measure returns the error; it doesn't throw. */
export type MetricSource<T extends MetricType> = (
  request: MetricRequest<T>,
  ports: SourcePorts,
) => Promise<Reading>;
