import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, onTestFinished, test, vi } from "vitest";
import { scratchFolder } from "../../kit/scratch-folder.ts";
import { bearer } from "../../../fixtures/bearer.ts";
import { startFlyApi, type FlyApi, type FlyApiOptions } from "../../../local/fly/server.ts";

async function start(options: FlyApiOptions = {}): Promise<FlyApi> {
  const fly = await startFlyApi({ limits: false, lagMs: 0, ...options });
  onTestFinished(() => fly.close());
  return fly;
}

function call(
  fly: FlyApi,
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(fly.url + path, {
    method,
    headers: bearer(fly.token),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
}

const app = { name: "acme", org_slug: "personal" };

describe("faults", () => {
  test("a reset before keeps the call from the API, one after hides that it acted", async ({
    expect,
  }) => {
    const fly = await start();
    const fault = {
      api: "fly",
      method: "POST",
      path: "/apps$",
      action: "reset",
      times: 1,
    } as const;
    fly.faults.add({ ...fault, when: "before" });
    await expect(call(fly, "POST", "/v1/apps", app)).rejects.toThrow();
    expect(fly.store.apps.get("acme")).toBeUndefined();
    fly.faults.clear();
    fly.faults.add({ ...fault, when: "after" });
    await expect(call(fly, "POST", "/v1/apps", app)).rejects.toThrow();
    expect(fly.store.apps.get("acme")).toBeDefined();
    expect(fly.calls.list(0).map(({ status }) => status)).toEqual([0, 0]);
    expect((await call(fly, "POST", "/v1/apps", app)).status).toBe(422);
  });

  test("an answer replaces the API's for the given number of times", async ({ expect }) => {
    const fly = await start();
    fly.faults.add({
      method: "POST",
      path: "/apps$",
      when: "after",
      action: { status: 408, body: { error: "deadline_exceeded" } },
      times: 1,
    });
    const answer = await call(fly, "POST", "/v1/apps", app);
    expect([answer.status, await answer.json()]).toEqual([408, { error: "deadline_exceeded" }]);
    expect((await call(fly, "GET", "/v1/apps/acme")).status).toBe(200);
    expect(fly.faults.list()).toMatchObject([{ id: "fault-1", hits: 1, times: 1 }]);
  });

  test("a held call goes on when the fault is removed", async ({ expect }) => {
    const fly = await start();
    fly.faults.add({ method: "POST", path: "/apps$", when: "before", action: "hold" });
    const held = call(fly, "POST", "/v1/apps", app);
    await vi.waitFor(() => expect(fly.faults.list()[0]?.hits).toBe(1));
    expect(fly.store.apps.get("acme")).toBeUndefined();
    fly.faults.clear();
    expect((await held).status).toBe(201);
  });

  test("the API never sees a held call whose client disconnected", async ({ expect }) => {
    const fly = await start();
    fly.faults.add({ method: "POST", path: "/apps$", when: "before", action: "hold" });
    const client = new AbortController();
    const held = call(fly, "POST", "/v1/apps", app, client.signal);
    await vi.waitFor(() => expect(fly.faults.list()[0]?.hits).toBe(1));
    client.abort();
    await expect(held).rejects.toThrow();
    await vi.waitFor(() => expect(fly.calls.list(0)).toMatchObject([{ status: 0 }]));
    fly.faults.clear();
    expect(fly.store.apps.get("acme")).toBeUndefined();
  });

  test("are made, listed and cleared over HTTP, for the token's holder alone", async ({
    expect,
  }) => {
    const fly = await start();
    const fault = {
      method: "GET",
      path: "nope$",
      when: "before",
      action: { status: 500, body: {} },
    };
    const made = await call(fly, "POST", "/_local/faults", fault);
    expect(await made.json()).toEqual({ id: "fault-1" });
    expect((await call(fly, "GET", "/v1/apps/nope")).status).toBe(500);
    const listed = (await (await call(fly, "GET", "/_local/faults")).json()) as object;
    expect(listed).toMatchObject({ faults: [{ id: "fault-1", hits: 1 }] });
    await call(fly, "DELETE", "/_local/faults");
    expect((await call(fly, "GET", "/v1/apps/nope")).status).toBe(404);
    expect((await call(fly, "POST", "/_local/faults", { ...fault, path: "(" })).status).toBe(400);
    expect((await fetch(`${fly.url}/_local/faults`)).status).toBe(401);
  });
});

describe("what is recorded", () => {
  test("are the API's calls, not the questions about them", async ({ expect }) => {
    const fly = await start();
    await call(fly, "GET", "/v1/apps?org_slug=personal");
    await call(fly, "GET", "/_local/status");
    await call(fly, "GET", "/v1/nope");
    const { calls } = (await (await call(fly, "GET", "/_local/calls?after=1")).json()) as {
      calls: object[];
    };
    expect(calls).toEqual([
      expect.objectContaining({ seq: 2, api: "fly", method: "GET", path: "/v1/nope", status: 404 }),
    ]);
  });

  test("is a status that tells Machines and volumes", async ({ expect }) => {
    const fly = await start({ info: () => ({ id: "x" }) });
    await call(fly, "POST", "/v1/apps", app);
    const config = { image: "x" };
    await call(fly, "POST", "/v1/apps/acme/machines", { name: "iad-0", region: "iad", config });
    await call(fly, "POST", "/v1/apps/acme/volumes", { name: "d", region: "iad" });
    const status = (await (await call(fly, "GET", "/_local/status")).json()) as object;
    expect(status).toMatchObject({
      info: { id: "x" },
      apps: [{ name: "acme" }],
      machines: [
        { app: "acme", name: "iad-0", region: "iad", address: "127.1.9.1", cordoned: false },
      ],
      volumes: [{ name: "d", attached_machine_id: null }],
    });
  });
});

describe("state", () => {
  test("is there again after a restart: ids, secrets, leases, volumes", async ({ expect }) => {
    const dir = scratchFolder();
    const first = await start({ dir });
    await call(first, "POST", "/v1/apps", app);
    await call(first, "POST", "/v1/apps/acme/secrets", { values: { KEY: "hush-hush" } });
    const volume = (await (
      await call(first, "POST", "/v1/apps/acme/volumes", { name: "d", region: "iad" })
    ).json()) as { id: string };
    const machine = (await (
      await call(first, "POST", "/v1/apps/acme/machines", {
        name: "iad-0",
        region: "iad",
        config: { image: "x", mounts: [{ volume: volume.id, path: "/flotilla/data" }] },
      })
    ).json()) as { id: string; instance_id: string };
    await call(first, "POST", `/v1/apps/acme/machines/${machine.id}/lease?ttl=600`);
    await call(first, "GET", `/v1/apps/acme/machines/${machine.id}/wait`);
    // Not closed: a second server over the same folder sees what a restart after kill -9 would.
    const second = await start({ dir, token: first.token });
    const waited = await call(second, "GET", `/v1/apps/acme/machines/${machine.id}/wait`);
    expect(await waited.json()).toMatchObject({ state: "started", version: machine.instance_id });
    const stopped = await call(second, "POST", `/v1/apps/acme/machines/${machine.id}/stop`);
    expect(stopped.status).toBe(409);
    const shown = await call(second, "GET", "/v1/apps/acme/secrets?show_secrets=true");
    expect(await shown.json()).toMatchObject({ secrets: [{ name: "KEY", value: "hush-hush" }] });
    const held = await call(second, "GET", `/v1/apps/acme/volumes/${volume.id}`);
    expect(await held.json()).toMatchObject({ attached_machine_id: machine.id });
  });

  test("keeps no secret in plain text, and the key for its owner's eyes", async ({ expect }) => {
    const dir = scratchFolder();
    const fly = await start({ dir });
    await call(fly, "POST", "/v1/apps", app);
    await call(fly, "POST", "/v1/apps/acme/secrets", { values: { KEY: "hush-hush" } });
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((f) =>
      f.isFile(),
    );
    expect(files.length).toBeGreaterThan(2);
    const forms = ["hush-hush", Buffer.from("hush-hush").toString("base64")];
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const text = readFileSync(path, "latin1");
      expect(
        forms.filter((form) => text.includes(form)),
        path,
      ).toEqual([]);
      expect(statSync(path).mode & 0o077, path).toBe(0);
    }
  });

  test("ignores the file of a write that was cut off", async ({ expect }) => {
    const dir = scratchFolder();
    const first = await start({ dir });
    await call(first, "POST", "/v1/apps", app);
    await first.close();
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(dir, "fly", "apps", "other.json.tmp"), '{"id":"oth');
    const second = await start({ dir, token: first.token });
    expect(second.store.apps.all().map(({ name }) => name)).toEqual(["acme"]);
  });
});

test("a port that is taken is the system's error", async ({ expect }) => {
  const fly = await start();
  await expect(startFlyApi({ port: Number(new URL(fly.url).port) })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
