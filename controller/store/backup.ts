import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { DatabaseSync, backup } from "node:sqlite";

/** The store, or the file to write, isn't as the backup needs it. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly exitCode = 2;
}

/**
 * A copy of the store as of one moment, also while a controller writes to it. The copy holds no token, only hashes.
 *
 * @throws {BackupError} when there is no store, or the target is there already
 */
export async function backupStore(store: string, target: string): Promise<void> {
  if (!existsSync(store))
    throw new BackupError(`no store at ${store}: name its folder with --state`);
  if (existsSync(target))
    throw new BackupError(`${target} is there already: a backup never overwrites one`);
  const database = new DatabaseSync(store, { readOnly: true });
  try {
    await backup(database, target);
    await chmod(target, 0o600);
  } finally {
    database.close();
  }
}
