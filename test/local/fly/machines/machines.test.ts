import { describe, test } from "vitest";
import { createTestApi } from "../api.ts";

const machines = "/v1/apps/acme/machines";

describe("a Machine", () => {
  test("goes from created to started, then passes its checks", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const config = {
      image: "registry.fly.io/acme@sha256:abc",
      services: [
        { protocol: "tcp", internal_port: 8080, checks: [{ type: "http", port: 8081, path: "/" }] },
      ],
      checks: { alive: { type: "tcp", port: 4222 } },
    };
    const made = await api.call("POST", machines, { name: "iad-0", region: "iad", config });
    expect(made.status).toBe(200);
    expect(made.json).toMatchObject({
      state: "created",
      private_ip: "127.1.9.1",
      host_status: "ok",
      image_ref: { registry: "registry.fly.io", repository: "acme", digest: "sha256:abc" },
      checks: [
        { name: "servicecheck-00-http-8081", status: "warning" },
        { name: "alive", status: "warning" },
      ],
    });
    expect(made.at("version")).toBe(made.at("instance_id"));
    await api.clock.advance(120);
    const id = made.str("id");
    expect((await api.call("GET", `${machines}/${id}`)).at("state")).toBe("started");
    await api.clock.advance(250);
    const checks = (await api.call("GET", `${machines}/${id}`)).at("checks");
    expect(checks).toMatchObject([{ status: "passing" }, { status: "passing" }]);
  });

  test("whose image is broken never passes, one that is unstartable fails", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const checks = { alive: { type: "tcp", port: 1 } };
    const broken = await api.makeMachine({ config: { image: "acme:broken", checks } });
    expect((await api.call("GET", `${machines}/${broken}`)).json).toMatchObject({
      state: "started",
      checks: [{ status: "critical" }],
    });
    const failed = await api.makeMachine({ name: "iad-1", config: { image: "acme:unstartable" } });
    const made = await api.call("GET", `${machines}/${failed}`);
    expect(made.at("state")).toBe("failed");
    expect(made.at("events", 0)).toMatchObject({
      type: "exit",
      request: { exit_event: { exit_code: 1 } },
    });
  });

  test("has a name of its own in its app, free again once it is destroyed", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    const body = { name: "iad-0", region: "iad", config: { image: "x" } };
    const second = await api.call("POST", machines, body);
    expect([second.status, second.json]).toEqual([
      409,
      {
        error: `already_exists: unique machine name violation, machine ID ${id} already exists with name "iad-0"`,
      },
    ]);
    await api.call("DELETE", `${machines}/${id}?kill=true`);
    await api.clock.advance(1_000);
    expect((await api.call("POST", machines, body)).status).toBe(200);
  });

  test("isn't seen by reads at once, but its name is taken at once", async ({ expect }) => {
    const api = createTestApi({ lagMs: 150 });
    await api.makeApp();
    const body = { name: "iad-0", region: "iad", config: { image: "x" } };
    const made = await api.call("POST", machines, body);
    const id = made.str("id");
    for (const path of [id, `${id}/wait`]) {
      const answer = await api.call("GET", `${machines}/${path}`);
      expect([answer.status, answer.json]).toEqual([
        404,
        { error: "not_found: machine not found" },
      ]);
    }
    expect((await api.call("GET", machines)).json).toEqual([]);
    expect((await api.call("POST", machines, body)).status).toBe(409);
    await api.clock.advance(150);
    expect((await api.call("GET", machines)).json).toHaveLength(1);
  });

  test("is replaced as a whole by an update, and reboots under a new version", async ({
    expect,
  }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine({ config: { image: "x:1", env: { A: "1" } } });
    const before = (await api.call("GET", `${machines}/${id}`)).at("instance_id");
    const updated = await api.call("POST", `${machines}/${id}`, {
      config: { image: "x:2" },
      current_version: before,
    });
    expect(updated.at("state")).toBe("replacing");
    const version = updated.at("instance_id");
    expect(version).not.toBe(before);
    await api.clock.advance(2_000);
    const after = await api.call("GET", `${machines}/${id}`);
    expect(after.json).toMatchObject({ state: "started", instance_id: version });
    expect(after.at("config", "env")).toBeUndefined();
    expect((await api.call("GET", `${machines}/${id}/versions`)).json).toMatchObject([
      { version, user_config: { image: "x:2" } },
      { version: before, user_config: { image: "x:1" } },
    ]);
    const stale = { config: { image: "x:3" }, current_version: before };
    expect((await api.call("POST", `${machines}/${id}`, stale)).status).toBe(409);
  });

  test("that is stopped is booted by an update, unless skip_launch says no", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine({ skip_launch: true });
    const state = async (): Promise<unknown> =>
      (await api.call("GET", `${machines}/${id}`)).at("state");
    expect(await state()).toBe("created");
    await api.call("POST", `${machines}/${id}`, { config: { image: "x:2" }, skip_launch: true });
    await api.clock.advance(2_000);
    expect(await state()).toBe("created");
    await api.call("POST", `${machines}/${id}`, { config: { image: "x:3" } });
    await api.clock.advance(2_000);
    expect(await state()).toBe("started");
    await api.call("POST", `${machines}/${id}`, { config: { image: "x:4" }, skip_launch: true });
    await api.clock.advance(2_000);
    expect(await state()).toBe("stopped");
  });

  test("that runs is deleted only with force, and stays visible as destroyed", async ({
    expect,
  }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    expect((await api.call("DELETE", `${machines}/${id}?kill=false`)).status).toBe(412);
    expect((await api.call("DELETE", `${machines}/${id}?force=true`)).json).toEqual({ ok: true });
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${machines}/${id}`)).at("state")).toBe("destroyed");
    expect((await api.call("GET", machines)).json).toEqual([]);
    expect((await api.call("GET", `${machines}?include_deleted=true`)).json).toHaveLength(1);
    expect((await api.call("POST", `${machines}/${id}/start`)).status).toBe(404);
  });

  test("is stopped, started, restarted and cordoned", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    const state = async (): Promise<unknown> =>
      (await api.call("GET", `${machines}/${id}`)).at("state");
    expect((await api.call("POST", `${machines}/${id}/stop`, { timeout: "10s" })).json).toEqual({
      ok: true,
    });
    expect(await state()).toBe("stopping");
    await api.clock.advance(100);
    expect(await state()).toBe("stopped");
    expect((await api.call("POST", `${machines}/${id}/start`)).json).toMatchObject({
      previous_state: "stopped",
    });
    await api.clock.advance(200);
    await api.call("POST", `${machines}/${id}/restart?timeout=5`);
    expect(await state()).toBe("restarting");
    await api.clock.advance(200);
    expect(await state()).toBe("started");
    await api.call("POST", `${machines}/${id}/cordon`);
    expect((await api.call("GET", `${machines}/${id}`)).at("cordoned")).toBe(true);
    const types = (await api.call("GET", `${machines}/${id}/events?limit=50`)).json as {
      type: string;
    }[];
    expect(types.map(({ type }) => type)).toEqual([
      "cordon",
      "start",
      "exit",
      "restart",
      "start",
      "start",
      "stop",
      "exit",
      "stop",
      "start",
      "launch",
    ]);
  });

  test("that ends is started again by its restart policy", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const restart = { policy: "always" };
    const id = await api.makeMachine({ config: { image: "x", restart } });
    await api.call("POST", `${machines}/${id}/signal`, { signal: 9 });
    const ended = await api.call("GET", `${machines}/${id}`);
    expect(ended.at("state")).toBe("restarting");
    expect(ended.at("events", 0)).toMatchObject({
      type: "exit",
      request: { exit_event: { exit_code: 137, restarting: true, requested_stop: false } },
    });
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${machines}/${id}`)).at("state")).toBe("started");
    const config = { image: "x", restart: { policy: "no" } };
    const once = await api.makeMachine({ name: "iad-1", config });
    await api.call("POST", `${machines}/${once}/signal`, { signal: "SIGKILL" });
    await api.clock.advance(60_000);
    expect((await api.call("GET", `${machines}/${once}`)).at("state")).toBe("stopped");
  });

  test("that is stopped during its restart backoff stays stopped", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const restart = { policy: "always" };
    const id = await api.makeMachine({ config: { image: "x", restart } });
    await api.call("POST", `${machines}/${id}/signal`, { signal: "KILL" });
    await api.call("POST", `${machines}/${id}/stop`);
    await api.clock.advance(60_000);
    expect((await api.call("GET", `${machines}/${id}`)).at("state")).toBe("stopped");
  });

  test("knows a few commands", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    const exec = async (body: object): Promise<unknown> =>
      (await api.call("POST", `${machines}/${id}/exec`, body)).json;
    expect(await exec({ command: ["echo", "a", "b"] })).toMatchObject({
      exit_code: 0,
      stdout: "a b\n",
    });
    expect(await exec({ cmd: "false" })).toMatchObject({ exit_code: 1 });
    expect(await exec({ command: ["nope"] })).toMatchObject({ exit_code: 127 });
    await exec({ command: ["tee", "/flotilla/data/active.env"], stdin: "ACTIVE_WORKER=3\n" });
    expect(await exec({ command: ["cat", "/flotilla/data/active.env"] })).toMatchObject({
      stdout: "ACTIVE_WORKER=3\n",
    });
  });
});

describe("listing Machines", () => {
  test("filters by region, state and every metadata key, and summarises", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const metadata = { managed_by: "flotilla", stack: "iad" };
    await api.makeMachine({ config: { image: "x", metadata } });
    await api.makeMachine({
      name: "fra-0",
      region: "fra",
      config: { image: "x", metadata: { stack: "fra" } },
    });
    await api.makeMachine({ name: "iad-1", skip_launch: true });
    const names = async (query: string): Promise<readonly unknown[]> =>
      ((await api.call("GET", `${machines}?${query}`)).json as { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await names("region=fra")).toEqual(["fra-0"]);
    expect(await names("state=created,stopped")).toEqual(["iad-1"]);
    expect(await names("metadata.managed_by=flotilla&metadata.stack=iad")).toEqual(["iad-0"]);
    expect(await names("metadata.managed_by=flotilla&metadata.stack=fra")).toEqual([]);
    const summary = (await api.call("GET", `${machines}?summary=true`)).at(0);
    for (const field of ["config", "checks", "events", "host_status"]) {
      expect(summary).not.toHaveProperty(field);
    }
  });
});

describe("metadata", () => {
  test("is written without a new version and without a restart", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine({ config: { image: "x", metadata: { a: "1", b: "2" } } });
    const before = await api.call("GET", `${machines}/${id}`);
    const path = `${machines}/${id}/metadata`;
    expect((await api.call("PATCH", path, { metadata: { a: null, c: "3" } })).status).toBe(204);
    expect((await api.call("POST", `${path}/d`, { value: "4" })).status).toBe(204);
    expect((await api.call("DELETE", `${path}/b`)).status).toBe(204);
    expect((await api.call("GET", path)).json).toEqual({ c: "3", d: "4" });
    expect((await api.call("GET", `${path}/c`)).json).toEqual({ value: "3" });
    const after = await api.call("GET", `${machines}/${id}`);
    expect(after.at("instance_id")).toBe(before.at("instance_id"));
    expect(after.at("state")).toBe("started");
    const stale = { metadata: { c: "9" }, machine_version: "01OLD" };
    expect((await api.call("PATCH", path, stale)).status).toBe(412);
    expect((await api.call("PUT", path, { metadata: { e: "5" } })).status).toBe(204);
    expect((await api.call("GET", path)).json).toEqual({ e: "5" });
  });
});
