/** Suspending: a Machine is suspended with its memory, and an update discards that. */
import { describe, expect, test } from "vitest";
import { createTestApi, type TestApi } from "../api.ts";

const MACHINES = "/v1/apps/acme/machines";

async function setUp(more: object = {}): Promise<{ api: TestApi; path: string }> {
  const api = createTestApi();
  await api.makeApp();
  const checks = { up: { type: "tcp", port: 80 } };
  const id = await api.makeMachine({ config: { image: "x/y:1", checks, ...more } });
  return { api, path: `${MACHINES}/${id}` };
}

async function suspended(): Promise<{ api: TestApi; path: string }> {
  const setup = await setUp();
  await setup.api.call("POST", `${setup.path}/suspend`);
  await setup.api.clock.advance(1_000);
  return setup;
}

describe("a suspended Machine", () => {
  test("keeps its version and what was written, and goes on where it was", async () => {
    const { api, path } = await setUp();
    const before = await api.call("GET", path);
    const written = { command: ["tee", "/tmp/note"], stdin: "kept" };
    await api.call("POST", `${path}/exec`, written);
    const wait = api.call("GET", `${path}/wait?state=suspended`);
    expect((await api.call("POST", `${path}/suspend`)).status).toBe(200);
    await api.clock.advance(1_000);
    expect((await wait).status).toBe(200);
    expect((await api.call("POST", `${path}/exec`, { command: ["true"] })).status).toBe(412);
    expect((await api.call("POST", `${path}/signal`, { signal: "SIGTERM" })).status).toBe(412);
    await api.call("POST", `${path}/start`);
    await api.clock.advance(1_000);
    const after = await api.call("GET", path);
    expect([after.at("state"), after.at("instance_id")]).toEqual([
      "started",
      before.at("instance_id"),
    ]);
    expect(after.at("checks", 0, "status")).toBe("passing");
    const read = await api.call("POST", `${path}/exec`, { command: ["cat", "/tmp/note"] });
    expect(read.at("stdout")).toBe("kept");
  });

  test("can be stopped, and boots again", async () => {
    const { api, path } = await suspended();
    await api.call("POST", `${path}/stop`);
    await api.clock.advance(1_000);
    expect((await api.call("GET", path)).at("state")).toBe("stopped");
    await api.call("POST", `${path}/start`);
    await api.clock.advance(1_000);
    expect((await api.call("GET", path)).at("state")).toBe("started");
  });

  test("is destroyed without force", async () => {
    const { api, path } = await suspended();
    expect((await api.call("DELETE", path)).status).toBe(200);
    await api.clock.advance(1_000);
    expect((await api.call("GET", path)).at("state")).toBe("destroyed");
  });

  test.for([
    [true, "stopped"],
    [false, "started"],
  ] as const)("is updated with skip_launch %s: ends up %s", async ([skip_launch, state]) => {
    const { api, path } = await suspended();
    await api.call("POST", path, { config: { image: "x/y:2" }, skip_launch });
    await api.clock.advance(2_000);
    expect((await api.call("GET", path)).at("state")).toBe(state);
    await api.call("POST", `${path}/start`);
    await api.clock.advance(2_000);
    const env = await api.call("POST", `${path}/exec`, { command: ["true"] });
    expect(env.at("exit_code")).toBe(0);
  });
});

test.for([
  ["too much memory", { guest: { cpus: 2, memory_mb: 4096 } }],
  ["swap", { init: { swap_size_mb: 512 } }],
  ["a schedule", { schedule: "daily" }],
] as const)("%s can't be suspended", async ([, config]) => {
  const { api, path } = await setUp(config);
  expect((await api.call("POST", `${path}/suspend`)).status).toBe(412);
});

test("a stopped Machine can't be suspended", async () => {
  const { api, path } = await setUp();
  await api.call("POST", `${path}/stop`);
  await api.clock.advance(1_000);
  expect((await api.call("POST", `${path}/suspend`)).status).toBe(412);
});

test("lists lag behind by up to listLagMs, by the seed", async () => {
  const api = createTestApi({ listLagMs: 10_000 });
  await api.makeApp();
  await api.call("POST", MACHINES, { name: "iad-0", config: { image: "x" } });
  const seen: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    await api.clock.advance(500);
    seen.push(((await api.call("GET", MACHINES)).json as readonly unknown[]).length);
  }
  expect(new Set(seen)).toEqual(new Set([0, 1]));
  expect(seen.at(-1)).toBe(1);
});
