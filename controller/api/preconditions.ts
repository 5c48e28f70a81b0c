import { ProblemError } from "./problem.ts";

/**
 * Checks `If-Match` and `If-None-Match` of a write, so that no client overwrites a version it hasn't read. Throws a problem.
 *
 * @param current ETag of what the write replaces; undefined if there is nothing yet
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
    throw new ProblemError("stale", "it exists already: read it and change it with If-Match");
  if (match === undefined) return;
  const tags = match.split(",").map((tag) => tag.trim());
  const isFound = current !== undefined && (tags.includes("*") || tags.includes(`"${current}"`));
  if (!isFound)
    throw new ProblemError(
      "stale",
      "it has changed since it was read, or no longer exists: read it again and repeat the change",
    );
}
