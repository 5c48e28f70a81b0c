/** What Caddy counts on its TLS port: requests in flight, and how long they took since an earlier reading. */
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { privateHosts } from "./private-network.ts";
import type { ReadText } from "./private-network.ts";

/** One host's counts. */
export interface CaddyCounts {
  /** When Caddy loaded its configuration, as it writes it: its counts started at zero then. */
  readonly since: string;
  readonly inFlight: number;
  /** Upper bound in seconds → requests up to it since `since`. */
  readonly buckets: ReadonlyMap<number, number>;
}

/**
 * First handlers of the routes that serve visitors: a site, or another region's name. Caddy counts a request in each route
 * it takes, by the route's first handler. The other routes are health checks, refused names, and routes inside a site.
 */
const VISITED = ["subroute", "map"];

/** Reads the counts of each of these hosts by name; `missing` hosts didn't answer. Returns an error if none did. */
export async function countsOfHosts(
  carriers: readonly ObservedHost[],
  readText: ReadText,
): Promise<
  | { readonly counts: ReadonlyMap<string, CaddyCounts>; readonly missing: number }
  | { readonly error: string }
> {
  const hosts = privateHosts(carriers);
  if (hosts.length === 0) return { error: "no started host carries the service" };
  const counts = new Map<string, CaddyCounts>();
  await Promise.all(
    hosts.map(async ({ name, address }) => {
      const text = await readText(`http://${address}:9180/metrics`).catch(() => undefined);
      if (text !== undefined) counts.set(name, parseCaddyMetrics(text));
    }),
  );
  if (counts.size === 0) return { error: "no Caddy answered with its metrics" };
  return { counts, missing: hosts.length - counts.size };
}

/**
 * Prometheus' text → counts of server `edge`. Durations are to the first byte: an event stream would never reach its last.
 * Source: https://caddyserver.com/docs/metrics, and `metricsInstrumentedRoute` of Caddy 2.11
 */
export function parseCaddyMetrics(text: string): CaddyCounts {
  let inFlight = 0;
  const buckets = new Map<number, number>();
  for (const [, name, labels = "", value] of text.matchAll(
    /^caddy_http_(requests_in_flight|response_duration_seconds_bucket)\{([^}]*)\} (\S+)$/gm,
  )) {
    if (labelOf(labels, "server") !== "edge") continue;
    if (!VISITED.includes(labelOf(labels, "handler") ?? "")) continue;
    if (name === "requests_in_flight") inFlight += Number(value);
    else {
      const le = boundOf(labelOf(labels, "le"));
      buckets.set(le, (buckets.get(le) ?? 0) + Number(value));
    }
  }
  const loaded = /^caddy_config_last_reload_success_timestamp_seconds (\S+)$/m.exec(text);
  return { since: loaded?.[1] ?? "", inFlight, buckets };
}

function labelOf(labels: string, name: string): string | undefined {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1];
}

function boundOf(text: string | undefined): number {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
}

/** The requests since `before`; all requests if Caddy has loaded its configuration since. */
export function bucketsSince(
  { since, buckets }: CaddyCounts,
  before: CaddyCounts,
): ReadonlyMap<number, number> {
  if (since !== before.since) return buckets;
  return new Map(
    [...buckets].map(([bound, count]) => [bound, count - (before.buckets.get(bound) ?? 0)]),
  );
}

/** Returns milliseconds, interpolated linearly inside the buckets; 0 if there was no request. */
export function percentileOf(
  hosts: readonly ReadonlyMap<number, number>[],
  percentile: number,
): number {
  const sums = new Map<number, number>();
  for (const buckets of hosts)
    for (const [bound, count] of buckets) sums.set(bound, (sums.get(bound) ?? 0) + count);
  const sorted = [...sums].toSorted(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return 0;
  const wanted = (percentile / 100) * total;
  let below = { bound: 0, count: 0 };
  for (const [bound, count] of sorted) {
    if (count >= wanted) {
      if (!Number.isFinite(bound)) return below.bound * 1_000;
      const share = (wanted - below.count) / Math.max(count - below.count, 1);
      return (below.bound + share * (bound - below.bound)) * 1_000;
    }
    below = { bound, count };
  }
  return below.bound * 1_000;
}
