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

/** A run that the engine ended with an error: what failed, in the engine's and the program's own words. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly exitCode = 3;
  readonly stackName: string;
  /** Another run holds the stack's lock. */
  readonly locked: boolean;
  /** Who holds it, as far as the backend tells. */
  readonly holders: readonly LockHolder[];
  /** What the program, the providers and the engine said, without duplicates. */
  readonly errors: readonly string[];
  /** What they warned of before the error, without duplicates. */
  readonly warnings: readonly string[];

  constructor(stack: string, errors: readonly string[], details: EngineErrorDetails) {
    super(`stack ${stack}: ${errors.join("\n")}`, { cause: details.cause });
    this.stackName = stack;
    this.locked = details.locked ?? false;
    this.holders = details.holders ?? [];
    this.errors = errors;
    this.warnings = details.warnings ?? [];
  }

  /** From what the Automation API threw, and what its events had said until then. */
  static from(stack: string, cause: unknown, progress?: RunProgress, locked = false): EngineError {
    const warnings = progress?.warnings ?? [];
    if (locked) {
      const hint = `another run holds the lock of stack ${stack}: wait for it, or, if it is dead, run \`pulumi cancel --yes -s ${stack}\``;
      const holders = parseLockHolders(messageOf(cause));
      return new EngineError(stack, [hint], { cause, locked, holders, warnings });
    }
    const said = [...new Set(progress?.errors)].filter((error) => error !== "update failed");
    const errors = said.length > 0 ? said : [lastWords(messageOf(cause))];
    return new EngineError(stack, errors, { cause, warnings });
  }
}

/** The tail of what the command printed: the Automation API puts all of its output into one message. */
function lastWords(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-12)
    .join("\n");
}
