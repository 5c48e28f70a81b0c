import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { DatabaseSync, backup } from "node:sqlite";

/** There is no store to back up, or the target exists. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly exitCode = 2;
}

/**
 * Copies the store as of one moment, also while a controller writes to it. The copy holds hashes of tokens, no secrets.
 *
 * @throws {BackupError} when there is no store, or the target exists
 */
export async function backupStore(store: string, target: string): Promise<void> {
  if (!existsSync(store))
    throw new BackupError(`there is no store at ${store}: name its folder with --state`);
  if (existsSync(target)) throw new BackupError(`${target} exists: a backup overwrites no file`);
  const database = new DatabaseSync(store, { readOnly: true });
  try {
    await backup(database, target);
    await chmod(target, 0o600);
  } finally {
    database.close();
  }
}
