import { beforeAll, describe, it } from "vitest";

import { ownAddress } from "./address.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import {
  adminPassword,
  logIn,
  planPocketBase,
  post,
  resultsOf,
  workerPassword,
} from "./pocketbase.ts";
import type { PocketBaseServer } from "./pocketbase.ts";
import { buildTimeoutMs, programPaths } from "./programs.ts";

const admin = "admin@flotilla.local";
const worker = "worker@flotilla.local";
const result = {
  job: "j1",
  text: "hello",
  region: "iad",
  host: "iad-0",
  slot: "worker-0",
  worked_at: "2026-01-02T03:04:05Z",
};

let program = "";
beforeAll(async () => {
  program = (await programPaths(["pocketbase"])).pocketbase;
}, buildTimeoutMs);

async function plan(folder: string): Promise<PocketBaseServer> {
  return planPocketBase(program, folder, ownAddress());
}

describe("PocketBase with the image's migrations and hooks", () => {
  it("has both accounts from the start and offers no installer", async ({ expect }) => {
    await using folder = await temporaryFolder();
    const server = await plan(folder.path);
    await using child = await server.start();
    expect(await logIn(server.url, "_superusers", admin, adminPassword)).toBeTypeOf("string");
    expect(await logIn(server.url, "workers", worker, workerPassword)).toBeTypeOf("string");
    expect(await logIn(server.url, "workers", worker, adminPassword)).toBeUndefined();
    child.signal("SIGTERM");
    expect(await child.ended).toBe(0);
    expect(child.output()).toContain("Server started");
    expect(child.output()).not.toContain("pbinstall");
    // Nothing of the accounts in the log: PocketBase's own dev mode would print every statement.
    for (const word of [adminPassword, workerPassword, "INSERT", "tokenKey"])
      expect(child.output()).not.toContain(word);
  });

  it("lets anybody read results, workers create them once per job, and nobody change them", async ({
    expect,
  }) => {
    await using folder = await temporaryFolder();
    const server = await plan(folder.path);
    await using child = await server.start();
    const records = `${server.url}/api/collections/results/records`;
    const token = await logIn(server.url, "workers", worker, workerPassword);
    expect((await post(records, result)).status).toBe(400);
    expect(await resultsOf(server.url, "j1")).toEqual([]);
    expect((await post(records, result, token)).status).toBe(200);
    const again = await post(records, result, token);
    expect(again.status).toBe(400);
    expect(await again.json()).toMatchObject({ data: { job: { code: "validation_not_unique" } } });
    const [record] = await resultsOf(server.url, "j1");
    expect(record).toMatchObject({ ...result, worked_at: "2026-01-02 03:04:05.000Z" });
    for (const method of ["PATCH", "DELETE"]) {
      const response = await fetch(`${records}/${record?.["id"]}`, {
        method,
        headers: { authorization: token ?? "", "content-type": "application/json" },
        ...(method === "PATCH" ? { body: JSON.stringify({ text: "changed" }) } : {}),
      });
      expect(response.status).toBe(403);
    }
    const accounts = await fetch(`${server.url}/api/collections/workers/records`, {
      headers: { authorization: token ?? "" },
    });
    expect(accounts.status).toBe(403);
    expect(
      (
        await post(`${server.url}/api/collections/workers/records`, {
          email: "a@b.cd",
          password: "12345678",
          passwordConfirm: "12345678",
        })
      ).status,
    ).toBe(403);
    expect(child.output()).not.toContain("pbinstall");
  });

  it("keeps logins over a restart, and ends them when the password has changed", async ({
    expect,
  }) => {
    await using folder = await temporaryFolder();
    const server = await plan(folder.path);
    const records = `${server.url}/api/collections/results/records`;
    let token: string | undefined;
    {
      await using child = await server.start();
      token = await logIn(server.url, "workers", worker, workerPassword);
      expect((await post(records, result, token)).status).toBe(200);
      child.signal("SIGTERM");
      await child.ended;
    }
    {
      await using child = await server.start();
      expect((await post(records, { ...result, job: "j2" }, token)).status).toBe(200);
      child.signal("SIGTERM");
      await child.ended;
    }
    await using child = await server.start({ POCKETBASE_WORKER_PASSWORD: "another-password" });
    expect((await post(records, { ...result, job: "j3" }, token)).status).toBe(400);
    expect(await logIn(server.url, "workers", worker, workerPassword)).toBeUndefined();
    expect(await logIn(server.url, "workers", worker, "another-password")).toBeTypeOf("string");
    expect(await logIn(server.url, "_superusers", admin, adminPassword)).toBeTypeOf("string");
    expect(await resultsOf(server.url, "j1")).toHaveLength(1);
    expect(child.output()).not.toContain("another-password");
  });

  it("has a superuser nobody knows when no password is set, so that there is no installer", async ({
    expect,
  }) => {
    await using folder = await temporaryFolder();
    const server = await plan(folder.path);
    await using child = await server.start({
      POCKETBASE_ADMIN_PASSWORD: "",
      POCKETBASE_WORKER_PASSWORD: "",
    });
    expect(await logIn(server.url, "_superusers", admin, "")).toBeUndefined();
    expect(await logIn(server.url, "workers", worker, workerPassword)).toBeUndefined();
    child.signal("SIGTERM");
    await child.ended;
    expect(child.output()).not.toContain("pbinstall");
  });

  it("doesn't start with a password that PocketBase refuses", async ({ expect }) => {
    await using folder = await temporaryFolder();
    const server = await plan(folder.path);
    await expect(server.start({ POCKETBASE_ADMIN_PASSWORD: "short" })).rejects.toThrow(/password/);
  });
});
