/** Records of one kind by id: in memory, and, given a folder, each also in a JSON file of its own. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Documents<T> {
  get(id: string): T | undefined;
  /** Returns all, in the order of their first `put`; after a restart in the order of their files' names. */
  all(): readonly T[];
  /** Saves a record. It is on disk when this returns, so that an answered call survives a kill -9 of the cloud. */
  put(id: string, document: T): void;
  remove(id: string): void;
}

/** @param dir folder of the files; undefined: in memory only */
export function openDocuments<T>(dir: string | undefined): Documents<T> {
  const documents = new Map<string, T>();
  if (dir !== undefined) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(dir).toSorted()) {
      const path = join(dir, file);
      if (!file.endsWith(".json")) {
        rmSync(path); // a temporary file of a write that was cut off
        continue;
      }
      const { id, document } = JSON.parse(readFileSync(path, "utf8")) as {
        id: string;
        document: T;
      };
      documents.set(id, document);
    }
  }
  return {
    get: (id) => documents.get(id),
    all: () => [...documents.values()],
    put(id, document) {
      documents.set(id, document);
      if (dir !== undefined) writeJson(fileOf(dir, id), { id, document });
    },
    remove(id) {
      documents.delete(id);
      if (dir !== undefined) rmSync(fileOf(dir, id), { force: true });
    },
  };
}

function fileOf(dir: string, id: string): string {
  return join(dir, `${encodeURIComponent(id)}.json`);
}

function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
