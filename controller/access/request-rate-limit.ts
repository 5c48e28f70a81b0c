/** Token buckets by key: so many at once, then so many per second. */
export interface RequestRateLimit {
  /** Takes one. @returns 0, or the seconds to wait */
  take(key: string): number;
}

export function createRequestRateLimit(options: {
  readonly perSecond: number;
  readonly burst: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Buckets kept: the oldest are forgotten, which is kind to whom they belong. */
  readonly keys?: number;
}): RequestRateLimit {
  const { perSecond, burst, now, keys = 10_000 } = options;
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return {
    take(key) {
      const at = now();
      const bucket = buckets.get(key) ?? { left: burst, at };
      const left = Math.min(burst, bucket.left + ((at - bucket.at) / 1_000) * perSecond);
      // Put last: the map's order is that of use.
      buckets.delete(key);
      buckets.set(key, { left: left >= 1 ? left - 1 : left, at });
      if (buckets.size > keys) buckets.delete(String(buckets.keys().next().value));
      return left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond));
    },
  };
}
