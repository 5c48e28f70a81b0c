/**
 * The database's schema as a list of migrations. A shipped migration is never changed: `PRAGMA user_version` of a database
 * counts those that it has.
 */
import type { DatabaseSync } from "node:sqlite";

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE bursts (id TEXT PRIMARY KEY, open INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX bursts_open ON bursts (open) WHERE open = 1;
  CREATE TABLE pauses (id TEXT PRIMARY KEY, open INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX pauses_open ON pauses (open) WHERE open = 1;
  CREATE TABLE runs (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, state TEXT NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX runs_started ON runs (started_at);
  CREATE INDEX runs_running ON runs (state) WHERE state = 'running';
  CREATE TABLE applied (stack TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
  CREATE TABLE followed (one INTEGER PRIMARY KEY CHECK (one = 1), doc TEXT NOT NULL) STRICT;
  CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
  CREATE TABLE answers (
    actor TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, begun INTEGER NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (actor, key)
  ) STRICT;
  CREATE INDEX answers_at ON answers (at);
  CREATE TABLE decisions (seq INTEGER PRIMARY KEY, service TEXT NOT NULL, region TEXT NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX decisions_newest ON decisions (service, region, seq);
  CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL) STRICT;
  CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE requests (stack TEXT PRIMARY KEY, why TEXT NOT NULL) STRICT;
  `,
];

/**
 * Applies the missing migrations, all or none.
 *
 * @throws {Error} when a newer controller has written this database
 */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare("PRAGMA user_version").get();
  const version = Number(row?.["user_version"] ?? 0);
  if (version > MIGRATIONS.length)
    throw new Error(
      `the store is of version ${version}, this controller knows ${MIGRATIONS.length}: run the newer controller, or restore a backup that was made before it`,
    );
  if (version === MIGRATIONS.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
