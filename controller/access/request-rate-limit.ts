/** One token bucket per key: `burst` requests at once, then `perSecond`. */
export interface RequestRateLimit {
  /** Takes one request from the bucket. Returns 0, or the seconds to wait if it is empty. */
  take(key: string): number;
}

export function createRequestRateLimit(options: {
  readonly perSecond: number;
  readonly burst: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** How many buckets are kept; beyond that the longest unused ones are dropped and start full again. */
  readonly keys?: number;
}): RequestRateLimit {
  const { perSecond, burst, now, keys = 10_000 } = options;
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return {
    take(key) {
      const at = now();
      const bucket = buckets.get(key) ?? { left: burst, at };
      const left = Math.min(burst, bucket.left + ((at - bucket.at) / 1_000) * perSecond);
      // Set again at the end, so that the map is in order of use.
      buckets.delete(key);
      buckets.set(key, { left: left >= 1 ? left - 1 : left, at });
      if (buckets.size > keys) buckets.delete(String(buckets.keys().next().value));
      return left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond));
    },
  };
}
