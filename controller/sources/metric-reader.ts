/** One metric of one service in one region, from whatever measures it. */
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { Reading } from "../autoscale/measurements.ts";
import type { MetricPolicy } from "../autoscale/policy.ts";
import type { Inspection, Inspector } from "./host-inspector.ts";
import { bucketsSince, parseCaddyMetrics, percentileOf } from "./caddy-metrics.ts";
import type { CaddyCounts } from "./caddy-metrics.ts";
import { privateHosts } from "./private-network.ts";
import type { ReadText } from "./private-network.ts";
import { readQueueDepth } from "./queue-depth.ts";

export interface MetricRequest {
  readonly app: string;
  readonly service: string;
  readonly metric: MetricPolicy;
  readonly intervalSeconds: number;
  /** Of the region, as they were listed last. */
  readonly hosts: readonly ObservedHost[];
  /** Hosts that carry the service when it is an `infra` one. */
  readonly carriers: readonly ObservedHost[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export type ReadMetric = (order: MetricRequest) => Promise<Reading>;

export function createMetricReader(read: ReadText, inspector: Inspector): ReadMetric {
  /** By host: latency is what came since the counts before. */
  const earlier = new Map<string, CaddyCounts>();

  async function readProcesses(order: MetricRequest, type: "cpu" | "memory"): Promise<Reading> {
    const { app, service, hosts, intervalSeconds, now } = order;
    const started = hosts.filter(({ state, managed }) => managed && state === "started");
    const freshMs = (intervalSeconds * 1_000) / 2;
    const looks = await Promise.all(
      started.map(async (host) =>
        inspector
          .look(app, host, freshMs)
          .catch((error: unknown): string =>
            error instanceof Error ? error.message : String(error),
          ),
      ),
    );
    const seen = looks.filter((look) => typeof look !== "string");
    const [firstError] = looks.filter((look) => typeof look === "string");
    if (seen.length === 0) return { error: firstError ?? "no host runs" };
    const values = seen.flatMap((look) => valuesOf(look, service, type, intervalSeconds));
    const unheard = looks.length - seen.length;
    return {
      atSeconds: Math.min(now, ...seen.map(({ at }) => at)) / 1_000,
      value: values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
      missing: values.filter((value) => value === undefined).length + unheard,
    };
  }

  /** @param percentile of the latency; undefined: requests in flight */
  async function readCaddy(order: MetricRequest, percentile: number | undefined): Promise<Reading> {
    const hosts = privateHosts(order.carriers);
    if (hosts.length === 0) return { error: "no host runs it" };
    const counts = await Promise.all(
      hosts.map(async ({ name, address }) => {
        const text = await read(`http://${address}:9180/metrics`).catch(() => undefined);
        return { name, now: text === undefined ? undefined : parseCaddyMetrics(text) };
      }),
    );
    const heard = counts.flatMap(({ name, now }) => (now === undefined ? [] : [{ name, now }]));
    if (heard.length === 0) return { error: "no Caddy tells its metrics" };
    const missing = counts.length - heard.length;
    const atSeconds = order.now / 1_000;
    if (percentile === undefined) {
      const value = heard.reduce((sum, { now }) => sum + now.inFlight, 0);
      return { atSeconds, value, missing };
    }
    const known = heard.flatMap(({ name, now }) => {
      const before = earlier.get(name);
      earlier.set(name, now);
      return before === undefined ? [] : [bucketsSince(now, before)];
    });
    if (known.length === 0) return { error: "its first look only sets the counts to compare with" };
    return {
      atSeconds,
      value: percentileOf(known, percentile),
      missing: counts.length - known.length,
    };
  }

  return async (order) => {
    const { metric } = order;
    switch (metric.type) {
      case "queue_depth":
        return readQueueDepth(metric, privateHosts(order.hosts), read, order.now / 1_000);
      case "cpu":
      case "memory":
        return readProcesses(order, metric.type);
      case "in_flight":
        return readCaddy(order, undefined);
      case "latency":
        return readCaddy(order, metric.percentile);
    }
  };
}

/** Of each replica of the service on one host; undefined where Process Compose doesn't know. */
function valuesOf(
  { processes, at, before }: Inspection,
  service: string,
  type: "cpu" | "memory",
  intervalSeconds: number,
): (number | undefined)[] {
  // A share of a core over a time nobody knows, or over a long one, says nothing about now.
  const isFresh = before !== undefined && at - before <= 3 * intervalSeconds * 1_000;
  return processes
    .filter(({ name, on }) => on && (name === service || isSlotOf(name, service)))
    .map(({ ageMs, cores, memoryMb }) => {
      if (type === "memory") return memoryMb;
      // Of one that has started since, Process Compose had nothing to compare with.
      const wasThere = isFresh && ageMs !== undefined && at - ageMs < before;
      return wasThere ? cores : undefined;
    });
}

function isSlotOf(name: string, service: string): boolean {
  return name.startsWith(`${service}-`) && /^\d+$/.test(name.slice(service.length + 1));
}
