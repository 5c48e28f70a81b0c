/**
 * The store in one SQLite file. Every thing is a JSON document beside the few columns it is found by, and is checked
 * by its schema when it is read.
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue } from "node:sqlite";
import { z } from "zod";
import { auditEntrySchema } from "../model/audit.ts";
import { burstSchema } from "../model/burst.ts";
import { eventSchema } from "../model/event.ts";
import { pauseSchema } from "../model/pause.ts";
import { appliedSchema, runSchema } from "../model/run.ts";
import { tokenSchema } from "../model/token.ts";
import { migrate } from "./migrations.ts";
import type {
  IdempotencyRecord,
  StoreChange,
  StoredDecision,
  FollowedCommit,
  Store,
} from "./store.ts";

const answerSchema: z.ZodType<IdempotencyRecord> = z.strictObject({
  actor: z.string(),
  key: z.string(),
  request: z.string(),
  at: z.string(),
  answer: z
    .strictObject({
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    })
    .exactOptional(),
});

const decisionSchema: z.ZodType<StoredDecision> = z.strictObject({
  service: z.string(),
  region: z.string(),
  at: z.string(),
  count: z.int().optional(),
  reason: z.string(),
  valid_until: z.string().optional(),
  inputs: z.unknown(),
  state: z.unknown(),
});

const followedSchema: z.ZodType<FollowedCommit> = z.strictObject({
  commit: z.string(),
  at: z.string(),
});

/** Answers are repeated for a day, events for as many as a client can have missed. */
const ANSWERS_KEPT_MS = 24 * 3_600_000;
const EVENTS_KEPT = 10_000;
const DECISIONS_KEPT = 50_000;

/**
 * Opens the file, making it when it isn't there. Several processes may have it open; each write is atomic and on the
 * disk when it returns.
 *
 * @param path a file, or `:memory:`
 */
export function openSqlite(path: string): Store {
  // Only its owner's to read; SQLite gives the files beside it the same mode.
  if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON",
  );
  migrate(database);
  return new SqliteStore(database);
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  // Declared async, though SQLite answers at once: a throw is a rejection, as it will be elsewhere.
  async commit(changes: readonly StoreChange[]): Promise<void> {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const change of changes) this.#apply(change);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #apply(change: StoreChange): void {
    if ("add" in change) {
      if (change.add === "audit")
        this.#run("INSERT INTO audit (doc) VALUES (?)", json(change.entry));
      else this.#addEvent(json(change.event));
    } else if ("drop" in change) this.#drop(change);
    else this.#put(change);
  }

  #drop(change: Extract<StoreChange, { readonly drop: string }>): void {
    if (change.drop === "request") this.#run("DELETE FROM requests WHERE stack = ?", change.stack);
    else this.#run("DELETE FROM answers WHERE actor = ? AND key = ?", change.actor, change.key);
  }

  #put(change: Extract<StoreChange, { readonly put: string }>): void {
    switch (change.put) {
      case "burst":
        return this.#putTimed("bursts", change.burst);
      case "pause":
        return this.#putTimed("pauses", change.pause);
      case "run": {
        const { id, started_at: startedAt, state } = change.run;
        const insert =
          "INSERT INTO runs (id, started_at, state, doc) VALUES (?, ?, ?, ?) " +
          "ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc";
        return this.#run(insert, id, startedAt, state, json(change.run));
      }
      case "applied": {
        const insert = "INSERT OR REPLACE INTO applied (stack, doc) VALUES (?, ?)";
        return this.#run(insert, change.applied.stack, json(change.applied));
      }
      case "token": {
        const { id, hash } = change.token;
        const insert = "INSERT OR REPLACE INTO tokens (id, hash, doc) VALUES (?, ?, ?)";
        return this.#run(insert, id, hash, json(change.token));
      }
      case "request": {
        const insert = "INSERT OR REPLACE INTO requests (stack, why) VALUES (?, ?)";
        return this.#run(insert, change.stack, change.why);
      }
      case "followed": {
        const insert = "INSERT OR REPLACE INTO followed (one, doc) VALUES (1, ?)";
        return this.#run(insert, json(change.followed));
      }
      case "answer":
        return this.#putAnswer(change.answer);
      case "decision": {
        const { service, region } = change.decision;
        const insert = "INSERT INTO decisions (service, region, doc) VALUES (?, ?, ?)";
        this.#run(insert, service, region, json(change.decision));
        const oldest = "DELETE FROM decisions WHERE seq <= (SELECT MAX(seq) FROM decisions) - ?";
        return this.#run(oldest, DECISIONS_KEPT);
      }
    }
  }

  #putTimed(
    table: "bursts" | "pauses",
    thing: { readonly id: string; readonly ended_at?: string | undefined },
  ): void {
    const insert =
      `INSERT INTO ${table} (id, open, doc) VALUES (?, ?, ?) ` +
      "ON CONFLICT (id) DO UPDATE SET open = excluded.open, doc = excluded.doc";
    this.#run(insert, thing.id, thing.ended_at === undefined ? 1 : 0, json(thing));
  }

  #putAnswer(answer: IdempotencyRecord): void {
    const insert =
      "INSERT OR REPLACE INTO answers (actor, key, at, begun, doc) VALUES (?, ?, ?, ?, ?)";
    const begun = answer.answer === undefined ? 1 : 0;
    this.#run(insert, answer.actor, answer.key, answer.at, begun, json(answer));
    const oldest = new Date(Date.parse(answer.at) - ANSWERS_KEPT_MS).toISOString();
    this.#run("DELETE FROM answers WHERE at < ? AND begun = 0", oldest);
  }

  #addEvent(doc: string): void {
    this.#run("INSERT INTO events (doc) VALUES (?)", doc);
    this.#run("DELETE FROM events WHERE seq <= (SELECT MAX(seq) FROM events) - ?", EVENTS_KEPT);
  }

  async openBursts(): ReturnType<Store["openBursts"]> {
    return this.#all(burstSchema, "SELECT doc FROM bursts WHERE open = 1 ORDER BY rowid");
  }

  async burst(id: string): ReturnType<Store["burst"]> {
    return this.#one(burstSchema, "SELECT doc FROM bursts WHERE id = ?", id);
  }

  async openPauses(): ReturnType<Store["openPauses"]> {
    return this.#all(pauseSchema, "SELECT doc FROM pauses WHERE open = 1 ORDER BY rowid");
  }

  async pausesSince(at: string): ReturnType<Store["pausesSince"]> {
    const since = "open = 1 OR julianday(doc ->> '$.ended_at') > julianday(?)";
    return this.#all(pauseSchema, `SELECT doc FROM pauses WHERE ${since} ORDER BY rowid`, at);
  }

  async pause(id: string): ReturnType<Store["pause"]> {
    return this.#one(pauseSchema, "SELECT doc FROM pauses WHERE id = ?", id);
  }

  async runs(limit: number): ReturnType<Store["runs"]> {
    const query = "SELECT doc FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?";
    return this.#all(runSchema, query, limit);
  }

  async unfinishedRuns(): ReturnType<Store["unfinishedRuns"]> {
    return this.#all(runSchema, "SELECT doc FROM runs WHERE state = 'running' ORDER BY started_at");
  }

  async applied(): ReturnType<Store["applied"]> {
    const all = this.#all(appliedSchema, "SELECT doc FROM applied");
    return new Map(all.map((applied) => [applied.stack, applied]));
  }

  async requests(): ReturnType<Store["requests"]> {
    const rows = this.#prepare("SELECT stack, why FROM requests").all();
    return new Map(rows.map(({ stack, why }) => [String(stack), String(why)]));
  }

  async followed(): ReturnType<Store["followed"]> {
    return this.#one(followedSchema, "SELECT doc FROM followed");
  }

  async tokens(): ReturnType<Store["tokens"]> {
    return this.#all(tokenSchema, "SELECT doc FROM tokens ORDER BY rowid");
  }

  async tokenOf(hash: string): ReturnType<Store["tokenOf"]> {
    return this.#one(tokenSchema, "SELECT doc FROM tokens WHERE hash = ?", hash);
  }

  async answer(actor: string, key: string): ReturnType<Store["answer"]> {
    const query = "SELECT doc FROM answers WHERE actor = ? AND key = ?";
    return this.#one(answerSchema, query, actor, key);
  }

  async begunAnswers(): ReturnType<Store["begunAnswers"]> {
    return this.#all(answerSchema, "SELECT doc FROM answers WHERE begun = 1 ORDER BY at");
  }

  async decisions(): ReturnType<Store["decisions"]> {
    const newest = "SELECT MAX(seq) FROM decisions GROUP BY service, region";
    return this.#all(decisionSchema, `SELECT doc FROM decisions WHERE seq IN (${newest})`);
  }

  async audit({ after, limit }: Parameters<Store["audit"]>[0]): ReturnType<Store["audit"]> {
    return this.#numbered(auditEntrySchema, "audit", after, limit);
  }

  async events({ after, limit }: Parameters<Store["events"]>[0]): ReturnType<Store["events"]> {
    return this.#numbered(eventSchema, "events", after, limit);
  }

  async eventRange(): ReturnType<Store["eventRange"]> {
    const query =
      "SELECT COALESCE(MIN(seq), 0) AS first, COALESCE(MAX(seq), 0) AS last FROM events";
    const row = this.#prepare(query).get();
    return { first: Number(row?.["first"]), last: Number(row?.["last"]) };
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #all<T>(schema: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T[] {
    return this.#prepare(sql)
      .all(...values)
      .map(({ doc }) => schema.parse(JSON.parse(String(doc))));
  }

  #one<T>(schema: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    return this.#all(schema, sql, ...values)[0];
  }

  /** Its number is the row's, not in the document. */
  #numbered<T>(schema: z.ZodType<T>, table: "audit" | "events", after: number, limit: number): T[] {
    return this.#prepare(`SELECT seq, doc FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`)
      .all(after, limit)
      .map(({ seq, doc }) => {
        const thing: unknown = JSON.parse(String(doc));
        return schema.parse(Object.assign(Object(thing), { seq: Number(seq) }));
      });
  }
}

function json(value: object): string {
  return JSON.stringify(value);
}
