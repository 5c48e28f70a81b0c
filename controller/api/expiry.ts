import { parseDuration } from "../../compiler/compile.ts";
import { ProblemError } from "./problem.ts";

/** A year: what holds longer is the spec's business. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/** `for` or `until`, exactly one → RFC 3339 in UTC. Throws a problem. */
export function expiryOf(
  {
    for: duration,
    until,
  }: { readonly for?: string | undefined; readonly until?: string | undefined },
  now: number,
): string {
  if ((duration === undefined) === (until === undefined))
    throw new ProblemError("invalid_request", "say either `for` (like 30m) or `until` (a time)");
  const seconds = duration === undefined ? undefined : parseDuration(duration);
  const end = seconds === undefined ? Date.parse(until ?? "") : now + seconds * 1_000;
  if (end <= now)
    throw new ProblemError("invalid_request", `\`until\`: ${until} is over: name a time to come`);
  if (end - now > LONGEST_MS)
    throw new ProblemError("invalid_request", "more than a year: change the spec instead");
  return new Date(end).toISOString();
}
