/**
 * Keeps calls within Fly's rate limits: a token bucket per action and identifier, shared by all calls of the process.
 * Calls of one bucket are sent in the order they came. Other processes use the same bucket at Fly, which is only visible
 * in a 429: then the whole bucket backs off for the time Fly named plus up to half of it, so that a process with many
 * waiting calls sends one probe instead of all of them, and several processes don't probe at the same time.
 * Source: Fly docs, machines/api/working-with-machines-api.
 */
import { sleep } from "../../../lib/clock.ts";
import type { Clock } from "../../../lib/clock.ts";

export interface RateLimiter {
  /** Resolves when a call of that bucket may be sent. */
  acquire(bucket: string): Promise<void>;
  /** Delays the calls of a bucket after Fly answered 429; `retryAfterMs` is the time that Fly named, if it did. */
  backOff(bucket: string, retryAfterMs: number | undefined): void;
}

export interface RateLimiterPorts {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

interface BucketRate {
  readonly perSecond: number;
  readonly burst: number;
}

const usual: BucketRate = { perSecond: 1, burst: 3 };
const machineReads: BucketRate = { perSecond: 5, burst: 10 };
const appDeletes: BucketRate = { perSecond: 100 / 60, burst: 100 };
/** Back-off after a 429 without `Retry-After`: every bucket has a token again by then. */
const backOffMs = 1_000;
/** Longest back-off that a 429 can ask for. */
const maxBackOffMs = 30_000;

interface Bucket {
  readonly rate: BucketRate;
  tokens: number;
  at: number;
  backOffUntil: number;
  /** Settles when the last waiting call has been sent. */
  tail: Promise<void>;
}

/** Returns the bucket of a call. Fly counts per action and object, which the path names; a metadata key isn't an object. */
export function bucketOf(method: string, path: string): string {
  return `${method} ${path.replace(/(\/metadata)\/.*$/, "$1")}`;
}

export function createRateLimiter({ clock, random }: RateLimiterPorts): RateLimiter {
  const buckets = new Map<string, Bucket>();

  function bucketAt(name: string): Bucket {
    const known = buckets.get(name);
    if (known !== undefined) return known;
    const rate = rateOf(name);
    const made = {
      rate,
      tokens: rate.burst,
      at: clock.now(),
      backOffUntil: 0,
      tail: Promise.resolve(),
    };
    buckets.set(name, made);
    return made;
  }

  async function take(bucket: Bucket): Promise<void> {
    for (;;) {
      const now = clock.now();
      const { perSecond, burst } = bucket.rate;
      const grown = bucket.tokens + (Math.max(0, now - bucket.at) / 1_000) * perSecond;
      bucket.tokens = Math.min(burst, grown);
      bucket.at = Math.max(bucket.at, now);
      // Sums of fractions may be slightly too small.
      const isFull = bucket.tokens + 1e-6 >= 1;
      if (isFull && now >= bucket.backOffUntil) break;
      const refillMs = isFull ? 0 : ((1 - bucket.tokens) / perSecond) * 1_000;
      await sleep(clock, Math.ceil(Math.max(refillMs, bucket.backOffUntil - now)));
    }
    bucket.tokens -= 1;
  }

  return {
    acquire(name) {
      const bucket = bucketAt(name);
      bucket.tail = bucket.tail.then(() => take(bucket));
      return bucket.tail;
    },
    backOff(name, retryAfterMs) {
      const bucket = bucketAt(name);
      const asked = Math.min(retryAfterMs ?? backOffMs, maxBackOffMs);
      const until = clock.now() + asked * (1 + random() / 2);
      bucket.backOffUntil = Math.max(bucket.backOffUntil, until);
      // Another process has used the tokens that were counted here. After the back-off, one call is sent as a probe.
      bucket.tokens = 0;
      bucket.at = bucket.backOffUntil - 1_000 / bucket.rate.perSecond;
    },
  };
}

function rateOf(bucket: string): BucketRate {
  if (/^GET apps\/[^/]+\/machines\/[^/]+$/.test(bucket)) return machineReads;
  return /^DELETE apps\/[^/]+$/.test(bucket) ? appDeletes : usual;
}
