/** What Caddy counts on its TLS port: requests in flight, and how long they took since the last look. Pure. */

/** One host's counts. */
export interface CaddyCounts {
  readonly inFlight: number;
  /** Upper bound in seconds → requests up to it, ever. */
  readonly buckets: ReadonlyMap<number, number>;
}

/**
 * Prometheus' text → counts of server `edge`. First byte, not last: a stream of events would count as one endless request.
 * Source: https://caddyserver.com/docs/metrics
 */
export function parseCaddyMetrics(text: string): CaddyCounts {
  let inFlight = 0;
  const handlers = new Map<string, Map<number, number>>();
  for (const [, name, labels = "", value] of text.matchAll(
    /^caddy_http_(requests_in_flight|response_duration_seconds_bucket)\{([^}]*)\} (\S+)$/gm,
  )) {
    if (labelOf(labels, "server") !== "edge") continue;
    const count = Number(value);
    // Handlers of one chain each count a request; the outermost counts all of them.
    if (name === "requests_in_flight") inFlight = Math.max(inFlight, count);
    else {
      const handler = labelOf(labels, "handler") ?? "";
      const buckets = handlers.get(handler) ?? new Map<number, number>();
      handlers.set(handler, buckets);
      const le = boundOf(labelOf(labels, "le"));
      buckets.set(le, (buckets.get(le) ?? 0) + count);
    }
  }
  const outermost = [...handlers.values()].toSorted((x, y) => totalOf(y) - totalOf(x))[0];
  return { inFlight, buckets: outermost ?? new Map<number, number>() };
}

function labelOf(labels: string, name: string): string | undefined {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1];
}

function boundOf(text: string | undefined): number {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
}

function totalOf(buckets: ReadonlyMap<number, number>): number {
  return buckets.get(Number.POSITIVE_INFINITY) ?? 0;
}

/** What came since `before`; all of it when the counts began anew. */
export function bucketsSince(
  { buckets }: CaddyCounts,
  before: CaddyCounts,
): ReadonlyMap<number, number> {
  const isAnew = totalOf(buckets) < totalOf(before.buckets);
  return new Map(
    [...buckets].map(([bound, count]) => [
      bound,
      isAnew ? count : count - (before.buckets.get(bound) ?? 0),
    ]),
  );
}

/** @returns milliseconds, by straight lines inside the buckets; 0 where nobody asked */
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
