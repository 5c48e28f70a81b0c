/** Each effect does what its preset says, and ends. */
import { describe, expect, test } from "vitest";
import { createTestApi, type Answer, type TestApi } from "../fly/api.ts";

const CONFIG = { image: "x/y:1" };
const MACHINES = "/v1/apps/acme/machines";

async function setUp(): Promise<TestApi> {
  const api = createTestApi();
  await api.makeApp();
  return api;
}

function create(api: TestApi, more: object = {}): Promise<Answer> {
  return api.call("POST", MACHINES, { name: "iad-0", region: "iad", config: CONFIG, ...more });
}

describe("create", () => {
  test("stuck: the Machine stays created until it is started or destroyed", async () => {
    const api = await setUp();
    api.faults.add({ preset: "create-stuck", times: 1 });
    const id = (await create(api)).str("id");
    await api.clock.advance(3600_000);
    expect((await api.call("GET", `${MACHINES}/${id}`)).at("state")).toBe("created");
    await api.call("POST", `${MACHINES}/${id}/start`);
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${MACHINES}/${id}`)).at("state")).toBe("started");
    const next = await create(api, { name: "iad-1" });
    await api.clock.advance(1_000);
    const other = await api.call("GET", `${MACHINES}/${next.str("id")}`);
    expect(other.at("state")).toBe("started");
  });

  test("invisible: 404 and missing from lists, for as long as the rule says", async () => {
    const api = await setUp();
    api.faults.add({ preset: "create-invisible", ms: 2_000 });
    const id = (await create(api)).str("id");
    await api.clock.advance(1_900);
    expect((await api.call("GET", `${MACHINES}/${id}`)).status).toBe(404);
    expect((await api.call("GET", `${MACHINES}/${id}/wait`)).status).toBe(404);
    expect((await api.call("GET", MACHINES)).json).toEqual([]);
    await api.clock.advance(200);
    expect((await api.call("GET", `${MACHINES}/${id}`)).status).toBe(200);
    expect((await api.call("GET", MACHINES)).at(0, "id")).toBe(id);
  });

  test("name conflict: the answer names the Machine that the same call created", async () => {
    const api = await setUp();
    api.faults.add({ preset: "name-conflict", times: 1 });
    const answer = await create(api);
    expect(answer.status).toBe(409);
    const [, id] =
      /machine ID (\w+) already exists with name "iad-0"/.exec(answer.str("error")) ?? [];
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${MACHINES}/${id}`)).at("state")).toBe("started");
  });

  test("a full host refuses a Machine that mounts a volume, and no other", async () => {
    const api = await setUp();
    api.faults.add({ preset: "volume-host-full", times: 1 });
    const volume = await api.call("POST", "/v1/apps/acme/volumes", { name: "d", region: "iad" });
    expect((await create(api)).status).toBe(200);
    const mounts = [{ volume: volume.str("id"), path: "/flotilla/data" }];
    const config = { ...CONFIG, mounts };
    const refused = await create(api, { name: "iad-1", config });
    expect(refused.status).toBe(412);
    expect(refused.json).toEqual({
      error: `failed_precondition: insufficient resources to create new machine with existing volume id '${volume.str("id")}'`,
      status: "volume_placement_capacity",
    });
    expect((await create(api, { name: "iad-1", config })).status).toBe(200);
  });
});

test("an update that reverts answers with the new version and is back on the old one, started", async () => {
  const api = await setUp();
  const id = await api.makeMachine();
  const before = await api.call("GET", `${MACHINES}/${id}`);
  api.faults.add({ preset: "update-reverts", times: 1 });
  const config = { image: "x/y:2" };
  const answer = await api.call("POST", `${MACHINES}/${id}`, { config });
  expect(answer.status).toBe(200);
  expect(answer.at("config", "image")).toBe("x/y:2");
  expect(answer.at("instance_id")).not.toBe(before.at("instance_id"));
  await api.clock.advance(2_000);
  const after = await api.call("GET", `${MACHINES}/${id}`);
  expect(after.at("state")).toBe("started");
  expect(after.at("instance_id")).toBe(before.at("instance_id"));
  expect(after.at("config", "image")).toBe("x/y:1");
  await api.call("POST", `${MACHINES}/${id}`, { config });
  await api.clock.advance(2_000);
  expect((await api.call("GET", `${MACHINES}/${id}`)).at("config", "image")).toBe("x/y:2");
});

test("a slow boot outlasts a wait of 60 s, and can be cut short by destroying", async () => {
  const api = await setUp();
  api.faults.add({ preset: "slow-start", times: 2 });
  const id = (await create(api)).str("id");
  const wait = api.call("GET", `${MACHINES}/${id}/wait?state=started&timeout=60`);
  await api.clock.advance(61_000);
  expect((await wait).status).toBe(408);
  const again = api.call("GET", `${MACHINES}/${id}/wait?state=started&timeout=60`);
  await api.clock.advance(31_000);
  expect((await again).status).toBe(200);

  const other = (await create(api, { name: "iad-1" })).str("id");
  await api.clock.advance(100);
  await api.call("DELETE", `${MACHINES}/${other}?force=true`);
  await api.clock.advance(1_000);
  expect((await api.call("GET", `${MACHINES}/${other}`)).at("state")).toBe("destroyed");
});

test("a leaked lease blocks everyone until it expires", async () => {
  const api = await setUp();
  const id = await api.makeMachine();
  api.faults.add({ preset: "lease-leaked", times: 1, ms: 30_000 });
  const refused = await api.call("POST", `${MACHINES}/${id}/lease?ttl=10`);
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("lease currently held by someone-else@tokens.fly.io, expires at");
  expect((await api.call("POST", `${MACHINES}/${id}/stop`)).status).toBe(409);
  await api.clock.advance(30_001);
  expect((await api.call("POST", `${MACHINES}/${id}/lease?ttl=10`)).status).toBe(201);
});

test("a lease that a client holds isn't replaced by a leaked one", async () => {
  const api = await setUp();
  const id = await api.makeMachine();
  const nonce = (await api.call("POST", `${MACHINES}/${id}/lease?ttl=10`)).str("data", "nonce");
  api.faults.add({ preset: "lease-leaked", times: 1 });
  const headers = { "fly-machine-lease-nonce": nonce };
  expect((await api.call("POST", `${MACHINES}/${id}/stop`, {}, headers)).status).toBe(200);
  expect(api.faults.list()[0]?.hits).toBe(0);
});

describe("an unreachable host", () => {
  test("refuses writes, shows no config, and comes back as it was", async () => {
    const api = await setUp();
    const id = await api.makeMachine();
    api.faults.add({ preset: "host-unreachable", times: 1, ms: 10_000 });
    const refused = await api.call("POST", `${MACHINES}/${id}`, { config: { image: "x/y:2" } });
    expect(refused.status).toBe(408);
    const away = await api.call("GET", `${MACHINES}/${id}`);
    expect(away.at("host_status")).toBe("unreachable");
    expect(away.at("config")).toBeNull();
    expect(away.at("incomplete_config", "image")).toBe("x/y:1");
    expect((await api.call("POST", `${MACHINES}/${id}/lease?ttl=9`)).status).toBe(408);
    expect((await api.call("DELETE", `${MACHINES}/${id}`)).status).toBe(408);
    await api.clock.advance(10_001);
    const back = await api.call("GET", `${MACHINES}/${id}`);
    expect(back.at("host_status")).toBe("ok");
    expect(back.at("config", "image")).toBe("x/y:1");
    expect(back.at("state")).toBe("started");
  });

  test("comes back with the version before the last", async () => {
    const api = await setUp();
    const id = await api.makeMachine();
    const old = (await api.call("GET", `${MACHINES}/${id}`)).str("instance_id");
    await api.call("POST", `${MACHINES}/${id}`, { config: { image: "x/y:2" } });
    await api.clock.advance(2_000);
    api.faults.add({ preset: "host-returns-old", times: 1 });
    await api.call("POST", `${MACHINES}/${id}/stop`);
    await api.clock.advance(62_000);
    const back = await api.call("GET", `${MACHINES}/${id}`);
    expect(back.at("config", "image")).toBe("x/y:1");
    expect(back.at("instance_id")).toBe(old);
    expect(back.at("state")).toBe("started");
  });

  test("brings back a Machine that was destroyed and replaced: two of one name", async () => {
    const api = await setUp();
    const id = await api.makeMachine();
    api.faults.add({ preset: "host-returns-old", times: 1 });
    expect((await api.call("DELETE", `${MACHINES}/${id}?force=true`)).status).toBe(200);
    expect((await api.call("GET", MACHINES)).json).toEqual([]);
    const replacement = await create(api);
    expect(replacement.status).toBe(200);
    await api.clock.advance(62_000);
    const list = await api.call("GET", MACHINES);
    expect(list.json).toMatchObject([
      { id, name: "iad-0", state: "started" },
      { id: replacement.str("id"), name: "iad-0", state: "started" },
    ]);
  });

  test("makes the volume unreachable too: no other Machine can mount it meanwhile, and it is never mounted twice", async () => {
    const api = await setUp();
    const volume = await api.call("POST", "/v1/apps/acme/volumes", { name: "d", region: "iad" });
    const config = { ...CONFIG, mounts: [{ volume: volume.str("id"), path: "/flotilla/data" }] };
    const id = await api.makeMachine({ config });
    api.faults.add({ preset: "host-returns-old", times: 1 });
    await api.call("DELETE", `${MACHINES}/${id}?force=true`);
    const path = `/v1/apps/acme/volumes/${volume.str("id")}`;
    expect((await api.call("GET", path)).at("host_status")).toBe("unreachable");
    expect((await create(api, { config })).status).toBe(412);
    await api.clock.advance(62_000);
    const back = await api.call("GET", path);
    expect(back.at("attached_machine_id")).toBe(id);
    expect(back.at("host_status")).toBe("ok");
  });
});

test("a lagging list: new Machines are missing, destroyed ones are there, versions are old", async () => {
  const api = await setUp();
  const updated = await api.makeMachine();
  const destroyed = await api.makeMachine({ name: "iad-1" });
  await api.clock.advance(10_000);
  await create(api, { name: "iad-2" });
  await api.call("DELETE", `${MACHINES}/${destroyed}?force=true`);
  await api.call("POST", `${MACHINES}/${updated}`, { config: { image: "x/y:2" } });
  await api.clock.advance(2_000);
  api.faults.add({ preset: "lagging-list", times: 1 });
  expect((await api.call("GET", MACHINES)).json).toMatchObject([
    { id: updated, state: "started", config: { image: "x/y:1" } },
    { id: destroyed, state: "started" },
  ]);
  expect((await api.call("GET", MACHINES)).json).toMatchObject([
    { id: updated, config: { image: "x/y:2" } },
    { name: "iad-2" },
  ]);
});
