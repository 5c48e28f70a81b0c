import { ProblemError } from "./problem.ts";

/**
 * `If-Match` and `If-None-Match` of a write: nobody overwrites what he hasn't seen.
 *
 * @param current tag of what is there; undefined: nothing is
 */
export function assertMatch(
  header: (name: string) => string | undefined,
  current: string | undefined,
): void {
  const match = header("if-match");
  const noneMatch = header("if-none-match");
  if (match === undefined && noneMatch === undefined)
    throw new ProblemError(
      "precondition_required",
      'say what the change was made from: If-Match with the ETag of a GET, or If-None-Match: "*" for something new',
    );
  if (noneMatch !== undefined && noneMatch.trim() !== "*")
    throw new ProblemError("invalid_request", "If-None-Match of a write can only be `*`");
  if (noneMatch !== undefined && current !== undefined)
    throw new ProblemError("stale", "there is one already: read it, and change that");
  if (match === undefined) return;
  const tags = match.split(",").map((tag) => tag.trim());
  const isFound = current !== undefined && (tags.includes("*") || tags.includes(`"${current}"`));
  if (!isFound)
    throw new ProblemError(
      "stale",
      "it has changed since it was read, or isn't there any more: read it again and repeat the change on that",
    );
}
