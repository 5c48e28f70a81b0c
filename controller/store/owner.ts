/**
 * Lets one controller own a state folder. The lock is an open transaction on a database of its own. The system releases it
 * when the process ends, so a killed controller doesn't block the next one.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another controller owns the state folder. */
export class OwnerError extends Error {
  override readonly name = "OwnerError";
  readonly exitCode = 2;
}

/**
 * @param dir the controller's state folder
 * @returns a function that releases the store
 * @throws {OwnerError} when another controller holds it
 */
export function takeStore(dir: string): () => void {
  const lock = new DatabaseSync(join(dir, "owner.sqlite"));
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new OwnerError(
      `another controller runs on ${dir}: one fleet has one controller. Stop that one first, or name another folder with --state`,
      { cause },
    );
  }
  return () => lock.close();
}
