/** Each kind of change as SQL. Runs inside the transaction of `commit`. */
import type { DocumentDatabase } from "./document-database.ts";
import { instantOf } from "../model/shapes.ts";
import type { IdempotencyRecord, StoreChange } from "./store.ts";

/** A client may repeat a request for a day. */
const ANSWERS_KEPT_MS = 24 * 3_600_000;
/** More than a client can have missed. */
const EVENTS_KEPT = 10_000;
const DECISIONS_KEPT = 50_000;

type Put = Extract<StoreChange, { readonly put: string }>;
type Drop = Extract<StoreChange, { readonly drop: string }>;

export function applyChange(database: DocumentDatabase, change: StoreChange): void {
  if ("add" in change) {
    if (change.add === "event") return addEvent(database, json(change.event));
    return database.run("INSERT INTO audit (doc) VALUES (?)", json(change.entry));
  }
  if ("drop" in change) return drop(database, change);
  return put(database, change);
}

function drop(database: DocumentDatabase, change: Drop): void {
  if (change.drop === "request") database.run("DELETE FROM requests WHERE stack = ?", change.stack);
  else database.run("DELETE FROM answers WHERE actor = ? AND key = ?", change.actor, change.key);
}

function put(database: DocumentDatabase, change: Put): void {
  switch (change.put) {
    case "burst":
      return putOverride(database, "bursts", change.burst);
    case "pause":
      return putOverride(database, "pauses", change.pause);
    case "run": {
      const { id, started_at: startedAt, state } = change.run;
      const insert =
        "INSERT INTO runs (id, started_at, state, doc) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc";
      return database.run(insert, id, startedAt, state, json(change.run));
    }
    case "applied": {
      const insert = "INSERT OR REPLACE INTO applied (stack, doc) VALUES (?, ?)";
      return database.run(insert, change.applied.stack, json(change.applied));
    }
    case "token": {
      const { id, hash } = change.token;
      const insert = "INSERT OR REPLACE INTO tokens (id, hash, doc) VALUES (?, ?, ?)";
      return database.run(insert, id, hash, json(change.token));
    }
    case "request": {
      const insert = "INSERT OR REPLACE INTO requests (stack, why) VALUES (?, ?)";
      return database.run(insert, change.stack, change.why);
    }
    case "followed": {
      const insert = "INSERT OR REPLACE INTO followed (one, doc) VALUES (1, ?)";
      return database.run(insert, json(change.followed));
    }
    case "answer":
      return putAnswer(database, change.answer);
    case "decision": {
      const { service, region } = change.decision;
      const insert = "INSERT INTO decisions (service, region, doc) VALUES (?, ?, ?)";
      database.run(insert, service, region, json(change.decision));
      const oldest = "DELETE FROM decisions WHERE seq <= (SELECT MAX(seq) FROM decisions) - ?";
      return database.run(oldest, DECISIONS_KEPT);
    }
  }
}

function putOverride(
  database: DocumentDatabase,
  table: "bursts" | "pauses",
  override: { readonly id: string; readonly ended_at?: string | undefined },
): void {
  const insert =
    `INSERT INTO ${table} (id, open, doc) VALUES (?, ?, ?) ` +
    "ON CONFLICT (id) DO UPDATE SET open = excluded.open, doc = excluded.doc";
  database.run(insert, override.id, override.ended_at === undefined ? 1 : 0, json(override));
}

function putAnswer(database: DocumentDatabase, record: IdempotencyRecord): void {
  const insert =
    "INSERT OR REPLACE INTO answers (actor, key, at, begun, doc) VALUES (?, ?, ?, ?, ?)";
  const begun = record.answer === undefined ? 1 : 0;
  database.run(insert, record.actor, record.key, record.at, begun, json(record));
  const oldest = instantOf(Date.parse(record.at) - ANSWERS_KEPT_MS);
  database.run("DELETE FROM answers WHERE at < ? AND begun = 0", oldest);
}

function addEvent(database: DocumentDatabase, doc: string): void {
  database.run("INSERT INTO events (doc) VALUES (?)", doc);
  database.run("DELETE FROM events WHERE seq <= (SELECT MAX(seq) FROM events) - ?", EVENTS_KEPT);
}

function json(value: object): string {
  return JSON.stringify(value);
}
