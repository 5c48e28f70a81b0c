/**
 * One controller per store. The lock is a transaction that stays open on a database of its own: the system gives it
 * back when the process ends, however it ends, so a killed controller blocks nobody.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A second controller on the same store. */
export class OwnerError extends Error {
  override readonly name = "OwnerError";
  readonly exitCode = 2;
}

/**
 * @param dir the controller's state folder
 * @returns gives the store back
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
