import { parseLockHolders } from "./lock-holders.ts";
import type { LockHolder } from "./lock-holders.ts";
import type { RunProgress } from "./progress.ts";

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

  constructor(
    stack: string,
    errors: readonly string[],
    locked: boolean,
    cause: unknown,
    holders: readonly LockHolder[] = [],
  ) {
    super(`stack ${stack}: ${errors.join("\n")}`, { cause });
    this.stackName = stack;
    this.locked = locked;
    this.holders = holders;
    this.errors = errors;
  }

  static from(stack: string, cause: unknown, progress?: RunProgress, locked = false): EngineError {
    if (locked) {
      const hint = `another run holds the lock of stack ${stack}: wait for it, or, if it is dead, run \`pulumi cancel --yes -s ${stack}\``;
      const said = cause instanceof Error ? cause.message : "";
      return new EngineError(stack, [hint], true, cause, parseLockHolders(said));
    }
    const said = [...new Set(progress?.errors)].filter((error) => error !== "update failed");
    const text = cause instanceof Error ? cause.message : String(cause);
    return new EngineError(stack, said.length > 0 ? said : [lastWords(text)], false, cause);
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
