import { describe, expect, test } from "vitest";

import { convergeApp } from "../../../providers/fly/app.ts";
import { convergeAppSecrets } from "../../../providers/fly/app-secrets.ts";
import { createFly } from "../../../providers/fly/client.ts";
import {
  convergeMachine,
  deleteMachine,
  diffMachine,
  readMachine,
} from "../../../providers/fly/machine.ts";
import { PartialError } from "../../../providers/fly/partial.ts";
import type { Properties } from "../../../providers/fly/plain.ts";
import { convergeVolume } from "../../../providers/fly/volume.ts";
import { appInputs, machineConfig, machineInputs, startCloud } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";

async function startWithApp(): Promise<Cloud & { appId: string }> {
  const cloud = await startCloud();
  const { outs } = await convergeApp(cloud.fly, appInputs);
  await convergeAppSecrets(
    cloud.fly,
    { app: "acme", appId: outs["appId"], values: { ORIGIN_KEY: "a2V5" } },
    {},
  );
  return { ...cloud, appId: String(outs["appId"]) };
}

/** What Pulumi does with a failed create or update: state keeps a partial error's properties, nothing otherwise. */
async function stateAfter(
  run: Promise<{ outs: Properties }>,
  before: Properties,
): Promise<Properties> {
  try {
    return (await run).outs;
  } catch (error) {
    return error instanceof PartialError ? error.properties : before;
  }
}

function live(
  cloud: Cloud,
): { id: string; name: string; state: string; cordoned: boolean; instance_id: string }[] {
  return cloud.api.machines.list().filter(({ state }) => state !== "destroyed");
}

/** No difference left, for the refresh and for the program. */
async function expectSettled(cloud: Cloud, outs: Properties, inputs: Properties): Promise<void> {
  const read = await readMachine(cloud.nextRun(), "acme/iad-0", outs);
  expect(diffMachine(read.props ?? {}, inputs)).toEqual({ changes: false });
}

test("creates a Machine, waits for health, and sees no difference afterwards", async () => {
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

  test("a Machine whose state was lost is adopted by its name, and brought to the inputs", async () => {
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

  test("a list that hides it ends in the 409, which names it", async () => {
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

/** Every call of a clean run, in order, each once: the points at which a run can die. */
async function pointsOf(
  run: (cloud: Cloud & { appId: string }) => Promise<unknown>,
): Promise<string[]> {
  const cloud = await startWithApp();
  const before = cloud.calls().length;
  await run(cloud);
  return [
    ...new Set(
      cloud
        .calls()
        .slice(before)
        .map((call) => call.replace(/\/[0-9a-f]{14}/, "/ID")),
    ),
  ];
}

/** Each point with a cloud of its own, at the same time. `die` breaks the calls of that point from then on. */
async function atEach(
  points: readonly string[],
  when: "before" | "after",
  run: (cloud: Cloud & { appId: string }, point: string, die: () => void) => Promise<void>,
): Promise<void> {
  await Promise.all(
    points.map(async (point) => {
      const cloud = await startWithApp();
      const [method = "", path = ""] = point.split(" ");
      // More often than one call is repeated, less often than a wait with a deadline is.
      const fault = {
        method,
        path: `${path.replace("ID", "\\w+")}$`,
        when,
        action: "reset",
        times: 12,
      } as const;
      await run(cloud, point, () => cloud.api.faults.add({ api: "fly", ...fault }));
    }),
  );
}

describe("crash points", () => {
  for (const when of ["before", "after"] as const) {
    test(`create dies ${when} each of its calls, and the next run makes exactly one Machine`, async () => {
      const points = await pointsOf((cloud) =>
        convergeMachine(cloud.fly, machineInputs(cloud.appId), {}),
      );
      expect(points).toContain("POST /apps/acme/machines");
      await atEach(points, when, async (cloud, point, die) => {
        const inputs = machineInputs(cloud.appId);
        die();
        const state = await stateAfter(convergeMachine(cloud.fly, inputs, {}), {});
        cloud.api.faults.clear();
        const { outs } = await convergeMachine(cloud.nextRun(), inputs, state);
        expect(live(cloud), point).toMatchObject([{ id: outs["machineId"], state: "started" }]);
        await expectSettled(cloud, outs, inputs);
      });
    });

    test(`update dies ${when} each of its calls, and the next run brings the same Machine to the inputs`, async () => {
      const change = { config: machineConfig({ env: { FLOTILLA_HOST: "iad-0", A: "1" } }) };
      const points = await pointsOf(async (cloud) => {
        const { outs } = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
        await convergeMachine(cloud.fly, machineInputs(cloud.appId, change), outs);
      });
      expect(points).toContain("POST /apps/acme/machines/ID");
      await atEach(points, when, async (cloud, point, die) => {
        const first = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
        const inputs = machineInputs(cloud.appId, change);
        die();
        const state = await stateAfter(
          convergeMachine(cloud.nextRun(), inputs, first.outs),
          first.outs,
        );
        cloud.api.faults.clear();
        const { outs } = await convergeMachine(cloud.nextRun(), inputs, state);
        expect(live(cloud), point).toMatchObject([
          { id: first.outs["machineId"], state: "started" },
        ]);
        expect(outs).toMatchObject({ settled: true, config: change.config });
        await expectSettled(cloud, outs, inputs);
      });
    });
  }
});

describe("update", () => {
  test("keeps the Machine, boots the new version and gives its lease back", async () => {
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
        headers: { authorization: `Bearer ${cloud.api.token}` },
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
        headers: { authorization: `Bearer ${cloud.api.token}`, "content-type": "application/json" },
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
  test("are made stopped and cordoned, start without a new version, and stop again", async () => {
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

describe("drift", () => {
  async function drift(change: (machine: Record<string, unknown>) => void): Promise<{
    cloud: Cloud;
    outs: Properties;
    inputs: Properties;
    seen: Properties;
  }> {
    const cloud = await startWithApp();
    const inputs = machineInputs(cloud.appId);
    const { outs } = await convergeMachine(cloud.fly, inputs, {});
    const record = cloud.api.store.machines.all()[0] as unknown as Record<string, unknown>;
    change(record);
    const seen = (await readMachine(cloud.nextRun(), "acme/iad-0", outs)).props ?? {};
    return { cloud, outs, inputs, seen };
  }

  test("a changed configuration is seen and written back", async () => {
    const { cloud, inputs, seen, outs } = await drift((machine) => {
      machine["config"] = { ...(machine["config"] as object), env: { FLOTILLA_HOST: "elsewhere" } };
    });
    expect(diffMachine(seen, inputs)).toEqual({ changes: true });
    const repaired = await convergeMachine(cloud.nextRun(), inputs, seen);
    expect(repaired.outs["machineId"]).toBe(outs["machineId"]);
    expect(cloud.api.store.machines.all()[0]?.config).toMatchObject({
      env: { FLOTILLA_HOST: "iad-0" },
    });
    await expectSettled(cloud, repaired.outs, inputs);
  });

  test("somebody else's metadata is none", async () => {
    const { inputs, seen } = await drift((machine) => {
      const config = machine["config"] as { metadata: object };
      machine["config"] = { ...config, metadata: { ...config.metadata, fly_flyctl_version: "1" } };
    });
    expect(diffMachine(seen, inputs)).toEqual({ changes: false });
  });

  test("a Machine stopped by hand is seen and started without a new version", async () => {
    const cloud = await startWithApp();
    const inputs = machineInputs(cloud.appId);
    const { outs } = await convergeMachine(cloud.fly, inputs, {});
    await fetch(`${cloud.api.url}/v1/apps/acme/machines/${String(outs["machineId"])}/stop`, {
      method: "POST",
      headers: { authorization: `Bearer ${cloud.api.token}`, "content-type": "application/json" },
      body: "{}",
    });
    await cloud.api.lifecycle.settled(String(outs["machineId"]));
    const seen = (await readMachine(cloud.nextRun(), "acme/iad-0", outs)).props ?? {};
    expect(seen).toMatchObject({ live: { state: "stopped" } });
    expect(diffMachine(seen, inputs)).toEqual({ changes: true });
    const repaired = await convergeMachine(cloud.nextRun(), inputs, seen);
    expect(live(cloud)).toMatchObject([{ state: "started", instance_id: outs["instanceId"] }]);
    await expectSettled(cloud, repaired.outs, inputs);
  });

  test("a lost Machine reads as gone, and is made again", async () => {
    const cloud = await startWithApp();
    const inputs = machineInputs(cloud.appId);
    const { outs } = await convergeMachine(cloud.fly, inputs, {});
    await deleteMachine(cloud.nextRun(), outs);
    expect(await readMachine(cloud.nextRun(), "acme/iad-0", outs)).toEqual({});
    const again = await convergeMachine(cloud.nextRun(), inputs, {});
    expect(again.outs["machineId"]).not.toBe(outs["machineId"]);
    expect(live(cloud)).toHaveLength(1);
  });
});

describe("a missing Machine is an error, not a loss, when", () => {
  test("another app answers under the name", async () => {
    const cloud = await startWithApp();
    const { outs } = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    await deleteMachine(cloud.nextRun(), outs);
    const elsewhere = { ...outs, appId: "another" };
    await expect(readMachine(cloud.nextRun(), "acme/iad-0", elsewhere)).rejects.toMatchObject({
      code: "wrong_app",
    });
    await expect(deleteMachine(cloud.nextRun(), elsewhere)).rejects.toMatchObject({
      code: "wrong_app",
    });
  });

  test("no app answers", async () => {
    const cloud = await startCloud();
    await expect(readMachine(cloud.fly, "acme/iad-0", machineInputs("x"))).rejects.toThrow(
      /app acme/,
    );
  });

  test("the token is wrong", async () => {
    const cloud = await startWithApp();
    const { outs } = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
    const wrong = createFly({ env: { ...cloud.env, FLY_API_TOKEN: "flotilla-local-wrong" } });
    await expect(readMachine(wrong, "acme/iad-0", outs)).rejects.toMatchObject({
      status: 401,
      message: expect.not.stringContaining("flotilla-local-wrong"),
    });
  });
});

describe("health", () => {
  test("a Machine that doesn't get healthy leaves its state behind, and a corrected image heals it", async () => {
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

  test("a Machine that Fly gives up is reported at once, and a corrected image starts it", async () => {
    const cloud = await startWithApp();
    const bad = machineInputs(cloud.appId, {
      config: machineConfig({ image: "registry.fly.io/acme:unstartable" }),
    });
    const failure: unknown = await convergeMachine(cloud.fly, bad, {}).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      name: "PartialError",
      message: expect.stringContaining("Fly gave it up"),
    });
    const { outs } = await convergeMachine(
      cloud.nextRun(),
      machineInputs(cloud.appId),
      (failure as PartialError).properties,
    );
    expect(live(cloud)).toMatchObject([{ id: outs["machineId"], state: "started" }]);
  });
});

test("a refresh of many Machines costs one list", async () => {
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
  const lists = cloud
    .calls()
    .slice(before)
    .filter((call) => call === "GET /apps/acme/machines");
  expect(lists).toHaveLength(1);
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
