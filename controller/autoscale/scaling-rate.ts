/** How fast the count may follow the recommendations: stabilisation windows, cooldowns and rates. */
import type { DirectionPolicy } from "./policy.ts";
import type { CountChange, PastRecommendation } from "./state.ts";

interface Directions {
  readonly up: DirectionPolicy;
  readonly down: DirectionPolicy;
}

/** A count between the current and the wanted one, and the rule that kept it from the wanted one. */
export interface LimitedCount {
  readonly count: number;
  readonly limit?: string;
}

/** Scales out to the smallest recommendation of the up window, in to the largest of the down window; else keeps `own`. */
export function stabilise(
  own: number,
  recommendations: readonly PastRecommendation[],
  { up, down }: Directions,
  wanted: number,
  nowSeconds: number,
): LimitedCount {
  const within = (windowSeconds: number): readonly number[] =>
    recommendations
      .filter(({ atSeconds }) => nowSeconds - atSeconds < windowSeconds)
      .map(({ count }) => count);
  const smallest = Math.min(wanted, ...within(up.windowSeconds));
  const largest = Math.max(wanted, ...within(down.windowSeconds));
  const count = smallest > own ? smallest : Math.min(largest, own);
  if (count === wanted) return { count };
  const [word, seconds] =
    wanted > own ? ["smallest", up.windowSeconds] : ["largest", down.windowSeconds];
  return { count, limit: `the ${word} of the last ${seconds} s counts` };
}

/** Allows no change during the cooldown after one, and no more per period than the rate of the direction. */
export function limitRate(
  own: number,
  wanted: number,
  changes: readonly CountChange[],
  directions: Directions,
  nowSeconds: number,
): LimitedCount {
  if (wanted === own) return { count: own };
  const isUp = wanted > own;
  const { cooldownSeconds, policy } = isUp ? directions.up : directions.down;
  if (changes.some(({ atSeconds }) => nowSeconds - atSeconds < cooldownSeconds))
    return { count: own, limit: `cooldown of ${cooldownSeconds} s after a change` };
  const moved = changes
    .filter(({ atSeconds }) => nowSeconds - atSeconds < policy.periodSeconds)
    .map(({ from, to }) => Math.max(isUp ? to - from : from - to, 0))
    .reduce((sum, each) => sum + each, 0);
  const share = (policy.percent ?? 0) / 100;
  const start = isUp ? Math.max(own - moved, 0) : own + moved;
  const most = isUp
    ? Math.max(start + policy.count, Math.ceil(start * (1 + share)), own)
    : Math.min(start - policy.count, Math.floor(start * (1 - share)), own);
  const count = isUp ? Math.min(wanted, most) : Math.max(wanted, most);
  if (count === wanted) return { count };
  const rate = `${policy.count}${policy.percent === undefined ? "" : ` or ${policy.percent} %`}`;
  return { count, limit: `at most ${rate} in ${policy.periodSeconds} s` };
}
