/** Failures a person can act on, and the exit codes of the command line. */

/** What the person asked for can't be done as asked: exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode = 2;
}

/** A remote side (engine, Fly, Cloudflare, the local cloud) failed: exit code 3. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly exitCode = 3;
}

/**
 * 0 fine · 1 our bug · 2 the user's mistake · 3 a remote side failed. Every error that a person can act on says
 * which by its `exitCode`, whatever folder it is from.
 */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (!(error instanceof Error) || !("exitCode" in error)) return 1;
  return error.exitCode === 2 || error.exitCode === 3 ? error.exitCode : 1;
}

/** One message; a stack trace only for what is our bug. */
export function formatFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return exitCodeOf(error) === 1 ? (error.stack ?? error.message) : error.message;
}
