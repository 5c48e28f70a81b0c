/**
 * A tool can't be had, said so that a person can act on it: what failed, then details, then the fix.
 * `exitCode` follows the command line's contract: 2 the user's mistake (no Go, Go too old), 3 a remote side
 * failed (modules can't be downloaded, a build broke).
 */
export class ToolchainError extends Error {
  readonly exitCode: 2 | 3;

  constructor(message: string, exitCode: 2 | 3, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolchainError";
    this.exitCode = exitCode;
  }
}
