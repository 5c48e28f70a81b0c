/** SQL on a database whose rows hold a JSON document each, in the column `doc`. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { z } from "zod";

type Row = Readonly<Record<string, unknown>>;

export interface DocumentDatabase {
  /** Runs `work` in one transaction: all of its writes or none. */
  transaction(work: () => void): void;
  run(sql: string, ...values: readonly SQLInputValue[]): void;
  rows(sql: string, ...values: readonly SQLInputValue[]): readonly Row[];
  /** Returns the documents, each checked by its schema. */
  all<T>(schema: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T[];
  one<T>(schema: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T | undefined;
  /** Returns the documents after a number, each with the row's number as its `seq`. */
  numbered<T>(
    schema: z.ZodType<T>,
    table: "audit" | "events",
    page: { readonly after: number; readonly limit: number },
  ): T[];
  close(): void;
}

export function wrapDatabase(database: DatabaseSync): DocumentDatabase {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  function prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  }

  function all<T>(schema: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T[] {
    return prepare(sql)
      .all(...values)
      .map(({ doc }) => schema.parse(JSON.parse(String(doc))));
  }

  return {
    transaction(work) {
      database.exec("BEGIN IMMEDIATE");
      try {
        work();
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    run(sql, ...values) {
      prepare(sql).run(...values);
    },
    rows: (sql, ...values) => prepare(sql).all(...values),
    all,
    one: (schema, sql, ...values) => all(schema, sql, ...values)[0],
    numbered: (schema, table, { after, limit }) =>
      prepare(`SELECT seq, doc FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`)
        .all(after, limit)
        .map(({ seq, doc }) => {
          const thing: unknown = JSON.parse(String(doc));
          return schema.parse(Object.assign(Object(thing), { seq: Number(seq) }));
        }),
    close: () => database.close(),
  };
}
