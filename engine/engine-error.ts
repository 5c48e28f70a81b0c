import { messageOf } from "../lib/message-of.ts";
import { parseLockHolders } from "./lock-holders.ts";
import type { LockHolder } from "./lock-holders.ts";
import type { RunProgress } from "./progress.ts";

interface EngineErrorDetails {
  readonly cause: unknown;
  readonly locked?: boolean;
  readonly holders?: readonly LockHolder[];
  readonly warnings?: readonly string[];
}

/** A run that the engine ended with an error, with the messages of the engine, the program and the providers. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly exitCode = 3;
  readonly stackName: string;
  /** Another run holds the stack's lock. */
  readonly locked: boolean;
  /** The holders of the lock, if the backend names them. */
  readonly holders: readonly LockHolder[];
  /** Errors of the program, the providers and the engine, each once. */
  readonly errors: readonly string[];
  /** Warnings before the error, each once. */
  readonly warnings: readonly string[];

  constructor(stack: string, errors: readonly string[], details: EngineErrorDetails) {
    super(`stack ${stack}: ${errors.join("\n")}`, { cause: details.cause });
    this.stackName = stack;
    this.locked = details.locked ?? false;
    this.holders = details.holders ?? [];
    this.errors = errors;
    this.warnings = details.warnings ?? [];
  }

  /** Makes the error from what the Automation API threw and the progress until then. */
  static from(stack: string, cause: unknown, progress?: RunProgress, locked = false): EngineError {
    const warnings = progress?.warnings ?? [];
    if (locked) {
      const hint = `another run holds the lock of stack ${stack}: wait until it ends, or, if its process has died, run \`pulumi cancel --yes -s ${stack}\``;
      const holders = parseLockHolders(messageOf(cause));
      return new EngineError(stack, [hint], { cause, locked, holders, warnings });
    }
    const said = [...new Set(progress?.errors)].filter((error) => error !== "update failed");
    const errors = said.length > 0 ? said : [lastWords(messageOf(cause))];
    return new EngineError(stack, errors, { cause, warnings });
  }
}

/** Returns the last lines of the message: the Automation API puts all output of the command into it. */
function lastWords(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-12)
    .join("\n");
}
