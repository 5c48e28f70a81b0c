import { describe, expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import {
  convergeMachine,
  deleteMachine,
  diffMachine,
  readMachine,
} from "../../../providers/fly/machine.ts";
import type { PartialError } from "../../../providers/dynamic/partial-error.ts";
import { convergeVolume } from "../../../providers/fly/volume.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import { expectSettled, live, startWithApp } from "./machine-run.ts";

test("creates a Machine, waits for health, and then shows no difference", async () => {
  const cloud = await startWithApp();
  const inputs = machineInputs(cloud.appId);
  const { id, outs } = await convergeMachine(cloud.fly, inputs, {});
  expect(id).toBe("acme/iad-0");
  expect(outs).toMatchObject({
    ...inputs,
    settled: true,
    live: { state: "started", cordoned: false },
  });
  expect(live(cloud)).toMatchObject([
    { id: outs["machineId"], state: "started", instance_id: outs["instanceId"] },
  ]);
  const read = await readMachine(cloud.nextRun(), id, outs);
  expect(read.props).toEqual(outs);
  expect(diffMachine(read.props ?? {}, inputs)).toEqual({ changes: false });
});

test("a second converge of the same inputs writes nothing", async () => {
  const cloud = await startWithApp();
  const inputs = machineInputs(cloud.appId);
  const { outs } = await convergeMachine(cloud.fly, inputs, {});
  const before = cloud.writes().length;
  expect((await convergeMachine(cloud.nextRun(), inputs, outs)).outs).toEqual(outs);
  expect(cloud.writes()).toHaveLength(before);
});

describe("never twice", () => {
  const lost = [
    { when: "after", action: { status: 408, body: { error: "deadline_exceeded" } } },
    { when: "after", action: "reset" },
    { when: "after", action: { status: 503, body: "bad gateway" } },
    { when: "before", action: "reset" },
    { when: "before", action: { status: 500, body: { error: "internal" } } },
    {
      when: "before",
      action: { status: 429, body: { error: "slow down" }, headers: { "retry-after": "0" } },
    },
  ] as const;

  test.each(lost)("create answered with $action $when its effect", async (fault) => {
    const cloud = await startWithApp();
    cloud.api.faults.add({ api: "fly", method: "POST", path: "/machines$", times: 1, ...fault });
    const inputs = machineInputs(cloud.appId);
    const { outs } = await convergeMachine(cloud.fly, inputs, {});
    expect(live(cloud)).toMatchObject([{ id: outs["machineId"], state: "started" }]);
    await expectSettled(cloud, outs, inputs);
  });

  test("a create whose Machine can't be read yet waits for it", async () => {
    const cloud = await startWithApp();
    const body = { error: "not_found: machine not found" };
    cloud.api.faults.add({
      api: "fly",
      method: "GET",
      path: "/machines/\\w+(/wait)?$",
      when: "before",
      action: { status: 404, body },
      times: 4,
    });
    const { outs } = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    expect(live(cloud)).toMatchObject([{ id: outs["machineId"], state: "started" }]);
  });

  test("a Machine whose state was lost is adopted by its name and updated to the inputs", async () => {
    const cloud = await startWithApp();
    const first = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    const inputs = machineInputs(cloud.appId, {
      config: machineConfig({ image: "registry.fly.io/acme:2" }),
    });
    const { outs } = await convergeMachine(cloud.nextRun(), inputs, {});
    expect(outs["machineId"]).toBe(first.outs["machineId"]);
    expect(outs["instanceId"]).not.toBe(first.outs["instanceId"]);
    expect(live(cloud)).toHaveLength(1);
    await expectSettled(cloud, outs, inputs);
  });

  test("a Machine missing in the list is found through the 409 that names it", async () => {
    const cloud = await startWithApp();
    const first = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    cloud.api.faults.add({
      api: "fly",
      method: "GET",
      path: "/machines$",
      when: "before",
      action: { status: 200, body: [] },
      times: 1,
    });
    const { outs } = await convergeMachine(cloud.nextRun(), machineInputs(cloud.appId), {});
    expect(outs["machineId"]).toBe(first.outs["machineId"]);
    expect(live(cloud)).toHaveLength(1);
  });

  test("a stranger's Machine of that name is refused and untouched", async () => {
    const cloud = await startWithApp();
    const strange = machineInputs(cloud.appId, {
      config: machineConfig({ metadata: { owner: "bob" } }),
    });
    const first = await convergeMachine(cloud.fly, strange, {});
    await expect(
      convergeMachine(cloud.nextRun(), machineInputs(cloud.appId), {}),
    ).rejects.toMatchObject({
      code: "foreign_machine",
      message: expect.stringContaining(`fly machine destroy ${String(first.outs["machineId"])}`),
    });
    expect(live(cloud)).toMatchObject([
      { id: first.outs["machineId"], instance_id: first.outs["instanceId"] },
    ]);
  });
});

describe("update", () => {
  test("keeps the Machine, boots the new version and releases its lease", async () => {
    const cloud = await startWithApp();
    const first = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    const inputs = machineInputs(cloud.appId, { secretDigests: { ORIGIN_KEY: "def" } });
    expect(diffMachine(first.outs, inputs)).toEqual({ changes: true });
    const { outs } = await convergeMachine(cloud.nextRun(), inputs, first.outs);
    expect(outs["machineId"]).toBe(first.outs["machineId"]);
    expect(outs["instanceId"]).not.toBe(first.outs["instanceId"]);
    const response = await fetch(
      `${cloud.api.url}/v1/apps/acme/machines/${String(outs["machineId"])}/lease`,
      {
        headers: bearer(cloud.api.token),
      },
    );
    expect(response.status).toBe(404);
  });

  test("waits while another holds a lease, and says so when that takes too long", async () => {
    const cloud = await startWithApp();
    const first = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    const lease = await fetch(
      `${cloud.api.url}/v1/apps/acme/machines/${String(first.outs["machineId"])}/lease`,
      {
        method: "POST",
        headers: { ...bearer(cloud.api.token), "content-type": "application/json" },
        body: JSON.stringify({ ttl: 600 }),
      },
    );
    expect(lease.ok).toBe(true);
    const inputs = machineInputs(cloud.appId, { config: machineConfig({ env: {} }) });
    await expect(convergeMachine(cloud.nextRun(), inputs, first.outs)).rejects.toMatchObject({
      name: "FlyError",
      status: 409,
      tried: "waiting 90 s for it",
    });
    expect(live(cloud)).toMatchObject([{ instance_id: first.outs["instanceId"] }]);
  });

  test("another volume means another Machine under the same name, and both volumes stay", async () => {
    const cloud = await startWithApp();
    const volume = { app: "acme", appId: cloud.appId, region: "iad", sizeGb: 1 };
    const one = await convergeVolume(cloud.fly, { ...volume, name: "iad_0_data" }, {});
    const two = await convergeVolume(cloud.fly, { ...volume, name: "iad_0_more" }, {});
    const first = await convergeMachine(
      cloud.fly,
      machineInputs(cloud.appId, { volumeId: one.outs["volumeId"] }),
      {},
    );
    const inputs = machineInputs(cloud.appId, { volumeId: two.outs["volumeId"] });
    expect(diffMachine(first.outs, inputs)).toEqual({ changes: true });
    const { outs } = await convergeMachine(cloud.nextRun(), inputs, first.outs);
    expect(outs["machineId"]).not.toBe(first.outs["machineId"]);
    expect(live(cloud)).toMatchObject([{ id: outs["machineId"], name: "iad-0", state: "started" }]);
    const volumes = cloud.api.store.volumes.all();
    expect(volumes.map(({ name, attached_machine_id }) => [name, attached_machine_id])).toEqual([
      ["iad_0_data", null],
      ["iad_0_more", outs["machineId"]],
    ]);
    await expectSettled(cloud, outs, inputs);
  });
});

describe("hosts beyond the effective count", () => {
  test("are created stopped and cordoned, start without a new version, and stop again", async () => {
    const cloud = await startWithApp();
    const warm = machineInputs(cloud.appId, { state: "stopped" });
    const first = await convergeMachine(cloud.fly, warm, {});
    expect(live(cloud)).toMatchObject([{ state: "created", cordoned: true }]);
    await expectSettled(cloud, first.outs, warm);

    const inputs = machineInputs(cloud.appId);
    expect(diffMachine(first.outs, inputs)).toEqual({ changes: true });
    const started = await convergeMachine(cloud.nextRun(), inputs, first.outs);
    expect(live(cloud)).toMatchObject([
      { state: "started", cordoned: false, instance_id: first.outs["instanceId"] },
    ]);
    await expectSettled(cloud, started.outs, inputs);

    const stopped = await convergeMachine(cloud.nextRun(), warm, started.outs);
    expect(live(cloud)).toMatchObject([{ state: "stopped", cordoned: true }]);
    await expectSettled(cloud, stopped.outs, warm);
  });

  test("get a new configuration without being launched", async () => {
    const cloud = await startWithApp();
    const { outs } = await convergeMachine(
      cloud.fly,
      machineInputs(cloud.appId, { state: "stopped" }),
      {},
    );
    const inputs = machineInputs(cloud.appId, {
      state: "stopped",
      config: machineConfig({ image: "registry.fly.io/acme:2" }),
    });
    const updated = await convergeMachine(cloud.nextRun(), inputs, outs);
    expect(updated.outs["instanceId"]).not.toBe(outs["instanceId"]);
    expect(live(cloud)).toMatchObject([{ cordoned: true }]);
    expect(["created", "stopped"]).toContain(live(cloud)[0]?.state);
    await expectSettled(cloud, updated.outs, inputs);
  });
});

describe("health", () => {
  test("a Machine that doesn't become healthy is kept in the state, and a corrected image repairs it", async () => {
    const cloud = await startWithApp();
    const bad = machineInputs(cloud.appId, {
      config: machineConfig({ image: "registry.fly.io/acme:broken" }),
      healthTimeoutSeconds: 3,
    });
    const failure: unknown = await convergeMachine(cloud.fly, bad, {}).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      name: "PartialError",
      id: "acme/iad-0",
      reasons: [
        expect.stringMatching(
          /bring Machine iad-0 to health: 3 s after its start .*caddy .*fly logs/s,
        ),
      ],
      properties: { ...bad, machineId: live(cloud)[0]?.id, settled: false },
    });
    const state = (failure as PartialError).properties;
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(diffMachine(state, bad)).toEqual({ changes: true });

    const good = machineInputs(cloud.appId);
    const { outs } = await convergeMachine(cloud.nextRun(), good, state);
    expect(outs).toMatchObject({ machineId: state["machineId"], settled: true });
    await expectSettled(cloud, outs, good);
  });

  test("a failed Machine is reported at once, and a corrected image starts it", async () => {
    const cloud = await startWithApp();
    const bad = machineInputs(cloud.appId, {
      config: machineConfig({ image: "registry.fly.io/acme:unstartable" }),
    });
    const failure: unknown = await convergeMachine(cloud.fly, bad, {}).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      name: "PartialError",
      cause: { code: "failed", host: "iad-0" },
    });
    const { outs } = await convergeMachine(
      cloud.nextRun(),
      machineInputs(cloud.appId),
      (failure as PartialError).properties,
    );
    expect(live(cloud)).toMatchObject([{ id: outs["machineId"], state: "started" }]);
  });
});

test("a refresh of many Machines costs one list and one read of each changed Machine", async () => {
  const cloud = await startWithApp();
  const names = ["iad-0", "iad-1", "iad-2", "iad-3"];
  const made = await Promise.all(
    names.map((name) => {
      const metadata = { managed_by: "flotilla", stack: "iad", host: name };
      return convergeMachine(
        cloud.fly,
        machineInputs(cloud.appId, { name, config: machineConfig({ metadata }) }),
        {},
      );
    }),
  );
  const before = cloud.calls().length;
  const run = cloud.nextRun();
  await Promise.all(made.map(({ id, outs }) => readMachine(run, id, outs)));
  expect(cloud.calls().slice(before)).toEqual(["GET /apps/acme/machines"]);

  const [changed] = cloud.api.store.machines.all();
  if (changed === undefined) throw new Error("There is no Machine.");
  changed.cordoned = true;
  cloud.api.store.machines.put(changed.id, changed);
  const again = cloud.calls().length;
  const next = cloud.nextRun();
  await Promise.all(made.map(({ id, outs }) => readMachine(next, id, outs)));
  expect(cloud.calls().slice(again)).toEqual([
    "GET /apps/acme/machines",
    `GET /apps/acme/machines/${changed.id}`,
  ]);
});

test("delete destroys, keeps the volume, and may be repeated", async () => {
  const cloud = await startWithApp();
  const volume = await convergeVolume(
    cloud.fly,
    { app: "acme", appId: cloud.appId, name: "iad_0_data", region: "iad", sizeGb: 1 },
    {},
  );
  const { outs } = await convergeMachine(
    cloud.fly,
    machineInputs(cloud.appId, { volumeId: volume.outs["volumeId"] }),
    {},
  );
  await deleteMachine(cloud.nextRun(), outs);
  expect(live(cloud)).toEqual([]);
  await deleteMachine(cloud.nextRun(), outs);
  expect(cloud.api.store.volumes.all()).toMatchObject([
    { id: volume.outs["volumeId"], attached_machine_id: null },
  ]);
});

test("delete leaves a stranger's Machine of the name alone", async () => {
  const cloud = await startWithApp();
  const strange = machineInputs(cloud.appId, { config: machineConfig({ metadata: {} }) });
  await convergeMachine(cloud.fly, strange, {});
  const ours = { ...machineInputs(cloud.appId), machineId: "0123456789abcd" };
  await deleteMachine(cloud.nextRun(), ours);
  expect(live(cloud)).toMatchObject([{ name: "iad-0", state: "started" }]);
});

test("a refused create leaves no state, and its error names the region", async () => {
  const cloud = await startWithApp();
  const body = { error: "could not find a candidate host", status: "insufficient_capacity" };
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/machines$",
    when: "before",
    action: { status: 422, body },
  });
  await expect(convergeMachine(cloud.fly, machineInputs(cloud.appId), {})).rejects.toMatchObject({
    name: "FlyError",
    region: "iad",
    message: expect.stringMatching(/no room in iad/),
  });
  expect(live(cloud)).toEqual([]);
});

test("more Machines at once than Fly's rate limit allows are each created once", async () => {
  const cloud = await startWithApp({ limits: true });
  const names = ["iad-0", "iad-1", "iad-2", "iad-3", "iad-4"];
  await Promise.all(
    names.map((name) => {
      const metadata = { managed_by: "flotilla", stack: "iad", host: name };
      const inputs = machineInputs(cloud.appId, { name, config: machineConfig({ metadata }) });
      return convergeMachine(cloud.fly, inputs, {});
    }),
  );
  expect(
    live(cloud)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names);
});
