const UNIT_SECONDS = { h: 3600, m: 60, s: 1 } as const;

/** Hours, minutes and seconds, each at most once and in this order: `30s`, `5m`, `1h30m`. */
export const DURATION_PATTERN = "^(?=[0-9])(?=.*[1-9])([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$";

/** The same, and nothing at all: `0s`. */
export const DURATION_OR_ZERO_PATTERN = "^(?=[0-9])([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$";

/** Milliseconds or seconds: `250ms`, `2s`. */
export const MILLISECONDS_PATTERN = "^(?=.*[1-9])[0-9]{1,6}(ms|s)$";

/** `1h30m` → 5400; undefined if it isn't a duration. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(DURATION_OR_ZERO_PATTERN).test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)([hms])/g))
    seconds += Number(amount) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  return seconds;
}

/** `250ms` → 250, `2s` → 2000; undefined if it is neither. */
export function parseMilliseconds(text: string): number | undefined {
  const [, amount, unit] = /^([0-9]{1,6})(ms|s)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unit === "s" ? 1000 : 1);
}

/** 90 → `1m30s`: as Go writes durations and Fly returns them, so that equal durations don't appear as drift. */
export function formatGoDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
