/** Failures a person can act on, and the exit codes of the command line. */

/** What the person asked for can't be done as asked: exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** A remote side (engine, Fly, Cloudflare, the local cloud) failed: exit code 3. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
}

/**
 * 0 fine · 1 our bug · 2 the user's mistake · 3 a remote side failed. Errors of other folders say which by `exitCode`
 * or by their name, so that this list knows no classes.
 */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (error instanceof UserError) return 2;
  if (error instanceof RemoteError) return 3;
  if (error instanceof Error) {
    if ("exitCode" in error && (error.exitCode === 2 || error.exitCode === 3))
      return error.exitCode;
    if (error.name === "EngineError" || error.name === "FlyError") return 3;
  }
  return 1;
}

/** One message; a stack trace only for what is our bug. */
export function formatFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return exitCodeOf(error) === 1 ? (error.stack ?? error.message) : error.message;
}
