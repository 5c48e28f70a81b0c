/** Failures that a person can act on, and the exit codes of the command line. */

/** What the person asked for can't be done as asked: exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode = 2;
}

/** A remote side (the engine, Fly, Cloudflare, the local cloud, a controller) failed: exit code 3. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly exitCode = 3;
}

/**
 * Returns 1 for our bug, 2 for the user's mistake, 3 for a failed remote side. Every error that a person can act on
 * carries its `exitCode`, whatever folder defines it.
 */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (!(error instanceof Error) || !("exitCode" in error)) return 1;
  return error.exitCode === 2 || error.exitCode === 3 ? error.exitCode : 1;
}

/** Returns the message; for our bug the stack trace. */
export function formatFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return exitCodeOf(error) === 1 ? (error.stack ?? error.message) : error.message;
}
