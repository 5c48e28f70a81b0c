import { parseDuration } from "../../compiler/compile.ts";
import { ProblemError } from "./problem.ts";

/** A year. A longer change belongs in the spec. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/** Returns when a burst or pause expires, from `for` or `until`, exactly one of them; RFC 3339 in UTC. Throws a problem. */
export function expiryOf(
  {
    for: duration,
    until,
  }: { readonly for?: string | undefined; readonly until?: string | undefined },
  now: number,
): string {
  if ((duration === undefined) === (until === undefined))
    throw new ProblemError("invalid_request", "give either `for` (like 30m) or `until` (a time)");
  const seconds = duration === undefined ? undefined : parseDuration(duration);
  const end = seconds === undefined ? Date.parse(until ?? "") : now + seconds * 1_000;
  if (end <= now)
    throw new ProblemError(
      "invalid_request",
      `\`until\`: ${until} is in the past: give a later time`,
    );
  if (end - now > LONGEST_MS)
    throw new ProblemError(
      "invalid_request",
      "a burst or pause lasts at most a year: change the spec instead",
    );
  return new Date(end).toISOString();
}
