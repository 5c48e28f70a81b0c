/**
 * Fly's rate limits, kept on our side: a token bucket per action and identifier, shared by all calls of the process.
 * Calls of one bucket go out in the order they came. Other processes draw from the same bucket of Fly's, which shows
 * in a 429 only: then the whole bucket is silent for the time Fly named and up to half as long again, so that a
 * process with many calls waiting sends one probe instead of all of them, and no two probe in step.
 * Source: Fly docs, machines/api/working-with-machines-api.
 */
import { sleep } from "../../../lib/clock.ts";
import type { Clock } from "../../../lib/clock.ts";

export interface RateLimiter {
  /** Resolves when a call of that bucket may go out. */
  enter(bucket: string): Promise<void>;
  /** Fly refused a call of that bucket and named a time, or didn't. */
  refused(bucket: string, retryAfterMs: number | undefined): void;
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
/** After a 429 without `Retry-After`; a bucket has a token again by then. */
const silenceMs = 1_000;
/** As long a silence as a 429 may ask for. */
const maxSilenceMs = 30_000;

interface Bucket {
  readonly rate: BucketRate;
  tokens: number;
  at: number;
  silentUntil: number;
  /** The last call that waits. */
  tail: Promise<void>;
}

/** Fly counts by what is done and to what: the path says both, but for a key of metadata, which names no thing. */
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
      silentUntil: 0,
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
      // Sums of fractions fall a hair short.
      const isFull = bucket.tokens + 1e-6 >= 1;
      if (isFull && now >= bucket.silentUntil) break;
      const refillMs = isFull ? 0 : ((1 - bucket.tokens) / perSecond) * 1_000;
      await sleep(clock, Math.ceil(Math.max(refillMs, bucket.silentUntil - now)));
    }
    bucket.tokens -= 1;
  }

  return {
    enter(name) {
      const bucket = bucketAt(name);
      bucket.tail = bucket.tail.then(() => take(bucket));
      return bucket.tail;
    },
    refused(name, retryAfterMs) {
      const bucket = bucketAt(name);
      const asked = Math.min(retryAfterMs ?? silenceMs, maxSilenceMs);
      const silent = clock.now() + asked * (1 + random() / 2);
      bucket.silentUntil = Math.max(bucket.silentUntil, silent);
      // What we thought was left, somebody else has taken. Once the silence is over, one call tries.
      bucket.tokens = 0;
      bucket.at = bucket.silentUntil - 1_000 / bucket.rate.perSecond;
    },
  };
}

function rateOf(bucket: string): BucketRate {
  if (/^GET apps\/[^/]+\/machines\/[^/]+$/.test(bucket)) return machineReads;
  return /^DELETE apps\/[^/]+$/.test(bucket) ? appDeletes : usual;
}
