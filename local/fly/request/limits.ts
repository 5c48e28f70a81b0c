/** Fly's rate limits: one token bucket per action and identifier (docs: machines/api/working-with-machines-api). */
import type { Clock } from "../../../lib/clock.ts";
import { FlyApiError } from "../wire/errors.ts";

export interface Limit {
  readonly perSecond: number;
  readonly burst: number;
}

export const DEFAULT_LIMIT: Limit = { perSecond: 1, burst: 3 };
export const GET_LIMIT: Limit = { perSecond: 5, burst: 10 };
/** Fly documents no limits for GraphQL and `/api/v1`. */
export const NO_LIMIT: Limit = { perSecond: Infinity, burst: Infinity };
/** 100 app deletes a minute. */
export const APP_DELETE_LIMIT: Limit = { perSecond: 100 / 60, burst: 100 };

export interface Limits {
  /** Takes one token. @throws FlyApiError (429), with `Retry-After` in whole seconds, when the bucket is empty */
  take(action: string, identifier: string, limit: Limit): void;
}

export const noLimits: Limits = { take: () => undefined };

export function createLimits(clock: Clock): Limits {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(action, identifier, { perSecond, burst }) {
      if (burst === Infinity) return;
      const key = `${action} ${identifier}`;
      const now = clock.now();
      const bucket = buckets.get(key) ?? { tokens: burst, at: now };
      const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
      const granted = tokens + 1e-9 >= 1; // rounding errors of the sums above
      buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
      if (granted) return;
      const seconds = Math.ceil((1 - tokens) / perSecond);
      throw new FlyApiError(429, `rate limit exceeded for ${action}`, {
        headers: { "retry-after": String(seconds) },
      });
    },
  };
}
