/**
 * The store in one SQLite file. Each record is a JSON document beside the few columns that queries need, and its schema
 * checks it when it is read.
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { auditEntrySchema } from "../model/audit.ts";
import { burstSchema } from "../model/burst.ts";
import { eventSchema } from "../model/event.ts";
import { pauseSchema } from "../model/pause.ts";
import { appliedSchema, runSchema } from "../model/run.ts";
import { tokenSchema } from "../model/token.ts";
import { applyChange } from "./apply-change.ts";
import { wrapDatabase } from "./document-database.ts";
import type { DocumentDatabase } from "./document-database.ts";
import { migrate } from "./migrations.ts";
import { decisionSchema, followedSchema, idempotencySchema } from "./record-schemas.ts";
import type { Store } from "./store.ts";

/** Name of the store in the controller's state folder. */
export const STORE_FILE = "controller.sqlite";

/**
 * Opens the file, creating it if it doesn't exist. Several processes may have it open; each write is atomic and on the
 * disk when it returns.
 *
 * @param path a file, or `:memory:`
 */
export function openSqlite(path: string): Store {
  // Only its owner may read it; SQLite gives the files beside it the same mode.
  if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON",
  );
  migrate(database);
  return storeOn(wrapDatabase(database));
}

// The functions are async though SQLite answers at once: what throws here rejects, as it will on other databases.
function storeOn(database: DocumentDatabase): Store {
  return {
    async commit(changes) {
      database.transaction(() => {
        for (const change of changes) applyChange(database, change);
      });
    },
    openBursts: async () =>
      database.all(burstSchema, "SELECT doc FROM bursts WHERE open = 1 ORDER BY rowid"),
    burst: async (id) => database.one(burstSchema, "SELECT doc FROM bursts WHERE id = ?", id),
    openPauses: async () =>
      database.all(pauseSchema, "SELECT doc FROM pauses WHERE open = 1 ORDER BY rowid"),
    async pausesSince(at) {
      const since = "open = 1 OR julianday(doc ->> '$.ended_at') > julianday(?)";
      return database.all(pauseSchema, `SELECT doc FROM pauses WHERE ${since} ORDER BY rowid`, at);
    },
    pause: async (id) => database.one(pauseSchema, "SELECT doc FROM pauses WHERE id = ?", id),
    async runs(limit) {
      const query = "SELECT doc FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?";
      return database.all(runSchema, query, limit);
    },
    unfinishedRuns: async () =>
      database.all(runSchema, "SELECT doc FROM runs WHERE state = 'running' ORDER BY started_at"),
    async applied() {
      const all = database.all(appliedSchema, "SELECT doc FROM applied");
      return new Map(all.map((applied) => [applied.stack, applied]));
    },
    async requests() {
      const rows = database.rows("SELECT stack, why FROM requests");
      return new Map(rows.map(({ stack, why }) => [String(stack), String(why)]));
    },
    followed: async () => database.one(followedSchema, "SELECT doc FROM followed"),
    tokens: async () => database.all(tokenSchema, "SELECT doc FROM tokens ORDER BY rowid"),
    tokenOf: async (hash) =>
      database.one(tokenSchema, "SELECT doc FROM tokens WHERE hash = ?", hash),
    async answer(actor, key) {
      const query = "SELECT doc FROM answers WHERE actor = ? AND key = ?";
      return database.one(idempotencySchema, query, actor, key);
    },
    begunAnswers: async () =>
      database.all(idempotencySchema, "SELECT doc FROM answers WHERE begun = 1 ORDER BY at"),
    async decisions() {
      const newest = "SELECT MAX(seq) FROM decisions GROUP BY service, region";
      return database.all(decisionSchema, `SELECT doc FROM decisions WHERE seq IN (${newest})`);
    },
    audit: async (page) => database.numbered(auditEntrySchema, "audit", page),
    events: async (page) => database.numbered(eventSchema, "events", page),
    async eventRange() {
      const query =
        "SELECT COALESCE(MIN(seq), 0) AS first, COALESCE(MAX(seq), 0) AS last FROM events";
      const [row] = database.rows(query);
      return { first: Number(row?.["first"]), last: Number(row?.["last"]) };
    },
    close: () => database.close(),
  };
}
