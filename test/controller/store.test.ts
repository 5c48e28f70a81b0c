import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parseListen } from "../../controller/access/listen-address.ts";
import {
  makeToken,
  revokeToken,
  listTokens,
} from "../../controller/access/token-administration.ts";
import { backupStore } from "../../controller/store/backup.ts";
import { STORE_FILE } from "../../controller/store/sqlite-store.ts";
import { OwnerError, takeStore } from "../../controller/store/owner.ts";
import { openSqlite } from "../../controller/store/sqlite-store.ts";
import type { StoreChange } from "../../controller/store/store.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

const run = promisify(execFile);

const entry = {
  at: "2026-03-01T12:00:00.000Z",
  actor: "ann",
  action: "burst.start",
  target: "b-1",
  result: "done",
  request: "q-1",
} as const;
const burst = {
  id: "b-1",
  service: "caddy",
  region: "iad",
  to: 4,
  from: "2026-03-01T12:00:00.000Z",
  until: "2026-03-01T13:00:00.000Z",
  author: "ann",
  reason: "launch",
};

test("changes are written together or not at all", async () => {
  const store = openSqlite(":memory:");
  const bad = { put: "burst", burst: { ...burst, id: undefined } } as unknown as StoreChange;
  await expect(store.commit([{ add: "audit", entry }, bad])).rejects.toThrow("bound");
  expect(await store.audit({ after: 0, limit: 10 })).toEqual([]);
  await store.commit([
    { add: "audit", entry },
    { put: "burst", burst },
  ]);
  expect(await store.audit({ after: 0, limit: 10 })).toEqual([{ ...entry, seq: 1 }]);
  expect(await store.openBursts()).toEqual([burst]);
  store.close();
});

test("the audit log can't be changed or shortened, even beside the controller", async () => {
  const path = join(scratchFolder(), "store.sqlite");
  const store = openSqlite(path);
  await store.commit([{ add: "audit", entry }]);
  const beside = new DatabaseSync(path);
  expect(() => beside.exec("DELETE FROM audit")).toThrow("append-only");
  expect(() => beside.exec("UPDATE audit SET doc = '{}'")).toThrow("append-only");
  beside.close();
  store.close();
});

test("what was written is there after opening it again, and a newer store is refused", async () => {
  const path = join(scratchFolder(), "store.sqlite");
  const first = openSqlite(path);
  await first.commit([{ put: "burst", burst }]);
  first.close();
  const second = openSqlite(path);
  expect(await second.burst("b-1")).toEqual(burst);
  second.close();
  const beside = new DatabaseSync(path);
  beside.exec("PRAGMA user_version = 99");
  beside.close();
  expect(() => openSqlite(path)).toThrow("newer controller");
});

test("a store of an earlier version gets what is new, and keeps what it has", async () => {
  const path = join(scratchFolder(), "store.sqlite");
  const first = openSqlite(path);
  await first.commit([{ put: "burst", burst }]);
  first.close();
  const beside = new DatabaseSync(path);
  beside.exec("DROP TABLE requests; PRAGMA user_version = 1");
  beside.close();
  const second = openSqlite(path);
  await second.commit([{ put: "request", stack: "iad", why: "asked for" }]);
  expect(await second.requests()).toEqual(new Map([["iad", "asked for"]]));
  expect(await second.burst("b-1")).toEqual(burst);
  second.close();
});

test("of events so many are kept, and their numbers go on", async () => {
  const store = openSqlite(":memory:");
  const event = { at: entry.at, type: "decision", data: {} } as const;
  const add: StoreChange = { add: "event", event };
  await store.commit(Array.from({ length: 10_050 }, () => add));
  expect(await store.eventRange()).toEqual({ first: 51, last: 10_050 });
  store.close();
});

test("a second controller on the same store is refused, and a killed one blocks nobody", async () => {
  const dir = scratchFolder();
  const module = join(import.meta.dirname, "../../controller/store/owner.ts");
  const program = `const { takeStore } = await import(${JSON.stringify(module)}); takeStore(${JSON.stringify(dir)}); console.log("held"); process.kill(process.pid, "SIGKILL");`;
  const killed = await run(process.execPath, ["--input-type=module", "-e", program]).catch(
    (error: unknown) => error as { stdout: string; signal: string },
  );
  expect(killed).toMatchObject({ stdout: "held\n", signal: "SIGKILL" });
  const giveBack = takeStore(dir);
  expect(() => takeStore(dir)).toThrow(OwnerError);
  giveBack();
  takeStore(dir)();
});

test("a backup is a whole store, only its owner's to read, and never overwrites", async () => {
  const dir = scratchFolder();
  const path = join(dir, STORE_FILE);
  const copy = join(dir, "copy.sqlite");
  const store = openSqlite(path);
  await store.commit([
    { put: "burst", burst },
    { add: "audit", entry },
  ]);
  await backupStore(path, copy);
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
  const restored = openSqlite(copy);
  expect(await restored.openBursts()).toEqual([burst]);
  restored.close();
  await expect(backupStore(path, copy)).rejects.toThrow("overwrites no file");
  await expect(backupStore(join(dir, "nothing"), join(dir, "x"))).rejects.toThrow("no store");
  store.close();
});

test("tokens are made and revoked beside the controller, and kept as hashes only", async () => {
  const dir = scratchFolder();
  await expect(makeToken(dir, "ann", "viewer")).rejects.toThrow("no controller has run");
  openSqlite(join(dir, STORE_FILE)).close();
  const secret = await makeToken(dir, "ann", "operator");
  expect(secret).toMatch(/^flotilla-operator-[\w-]{43}$/);
  const [token] = await listTokens(dir);
  expect(token).toMatchObject({ name: "ann", role: "operator" });
  await revokeToken(dir, token?.id ?? "");
  const store = openSqlite(join(dir, STORE_FILE));
  expect(await store.tokens()).toMatchObject([{ name: "ann", revoked_at: expect.any(String) }]);
  const audit = await store.audit({ after: 0, limit: 10 });
  expect(audit.map(({ action }) => action)).toEqual(["token.create", "token.revoke"]);
  expect(JSON.stringify([await store.tokens(), audit])).not.toContain(secret);
  store.close();
  await expect(revokeToken(dir, "t-none")).rejects.toThrow(token?.id);
});

test.each([
  ["127.0.0.1:4400", { host: "127.0.0.1", port: 4400 }],
  ["127.9.8.7:0", { host: "127.9.8.7", port: 0 }],
  ["[::1]:4400", { host: "::1", port: 4400 }],
])("listens on %s without a certificate", (text, address) => {
  expect(parseListen(text, false)).toEqual(address);
});

test.each(["0.0.0.0:4400", "[::]:4400", "10.0.0.1:4400", "[fd00::1]:4400", "[::ffff:10.0.0.1]:1"])(
  "listens on %s with a certificate only",
  (text) => {
    expect(() => parseListen(text, false)).toThrow("--tls-cert");
    expect(parseListen(text, true).port).toBeGreaterThan(0);
  },
);

test.each(["4400", "localhost:4400", "127.0.0.1", "127.0.0.1:99999", "::1:4400"])(
  "%s is no address to listen on",
  (text) => {
    expect(() => parseListen(text, true)).toThrow("127.0.0.1:4400");
  },
);
