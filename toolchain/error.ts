/**
 * A tool can't be obtained. The message says what failed, then details, then the fix. `exitCode` follows the contract
 * of the command line: 2 the user's setup is wrong (no Go, or one that is too old), 3 a remote side failed (a download
 * or a build).
 */
export class ToolchainError extends Error {
  readonly exitCode: 2 | 3;

  constructor(message: string, exitCode: 2 | 3, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolchainError";
    this.exitCode = exitCode;
  }
}
