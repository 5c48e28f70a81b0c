import { describe, expect, test } from "vitest";

import { convergeMachine, diffMachine, readMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import { startVirtualCloud } from "./virtual-cloud.ts";
import type { VirtualCloud } from "./virtual-cloud.ts";

const six = ["iad-0", "iad-1", "iad-2", "iad-3", "iad-4", "iad-5"];
const good = "registry.fly.io/acme:1";
const better = "registry.fly.io/acme:2";
const bad = "registry.fly.io/acme:broken";

function hostInputs(
  cloud: VirtualCloud,
  name: string,
  image: string,
  over: Properties = {},
): Properties {
  const metadata = { managed_by: "flotilla", stack: "iad", host: name };
  return machineInputs(cloud.appId, {
    name,
    config: machineConfig({ image, metadata }),
    ...over,
  });
}

type Results = Readonly<Record<string, PromiseSettledResult<{ outs: Properties }>>>;

/** Converges all hosts at once, as the engine does. */
async function run(
  cloud: VirtualCloud,
  inputs: readonly Properties[],
  olds: Readonly<Record<string, Properties>> = {},
): Promise<Results> {
  const fly = cloud.nextRun();
  const settled = await cloud.drive(
    Promise.allSettled(
      inputs.map((one) => convergeMachine(fly, one, olds[String(one["name"])] ?? {})),
    ),
  );
  return Object.fromEntries(
    inputs.map((one, index) => [String(one["name"]), settled[index]]),
  ) as Results;
}

async function deployed(
  names: readonly string[] = six,
  over: Properties = {},
): Promise<{ cloud: VirtualCloud; olds: Record<string, Properties> }> {
  const cloud = await startVirtualCloud();
  const results = await run(
    cloud,
    names.map((name) => hostInputs(cloud, name, good, over)),
  );
  return { cloud, olds: outsOf(results) };
}

function outsOf(results: Results): Record<string, Properties> {
  return Object.fromEntries(
    Object.entries(results).map(([name, result]) => {
      if (result.status === "rejected") throw result.reason;
      return [name, result.value.outs];
    }),
  );
}

function errorOf(results: Results, name: string): Error {
  const result = results[name];
  if (result?.status !== "rejected") throw new Error(`${name} didn't fail.`);
  return result.reason as Error;
}

function recordOf(cloud: VirtualCloud, name: string) {
  const found = cloud.api.store.machines
    .all()
    .find((machine) => machine.name === name && machine.state !== "destroyed");
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

/** Records at every change of a Machine which hosts aren't started and healthy. */
function watchAway(cloud: VirtualCloud): readonly (readonly string[])[] {
  const seen: string[][] = [];
  for (const { id } of cloud.api.store.machines.all())
    cloud.api.store.watchMachine(id, () => {
      const away = cloud.api.store.machines
        .all()
        .filter(
          (one) => one.state !== "started" || one.checks.some(({ status }) => status !== "passing"),
        );
      seen.push(away.map(({ name }) => name).toSorted());
    });
  return seen;
}

describe("a bad image", () => {
  test("on 6 hosts reaches exactly one, which is rolled back; the others are never touched", async () => {
    const { cloud, olds } = await deployed();
    const before = cloud.writes().length;
    // The engine's order isn't the order of the hosts.
    const inputs = six.map((name) => hostInputs(cloud, name, bad)).toReversed();
    const results = await run(cloud, inputs, olds);

    const exposed = cloud.api.store.machines
      .all()
      .filter(({ versions }) => versions.some(({ user_config }) => user_config.image === bad));
    expect(exposed.map(({ name }) => name)).toEqual(["iad-0"]);
    const canary = recordOf(cloud, "iad-0");
    expect(canary).toMatchObject({ state: "started", cordoned: false, config: { image: good } });
    expect(canary.checks.every(({ status }) => status === "passing")).toBe(true);
    expect(canary.lease).toBeUndefined();
    const touched = cloud.writes().slice(before);
    expect(touched.every((call) => call.includes(canary.id))).toBe(true);
    for (const name of six.slice(1))
      expect(recordOf(cloud, name).instance_id).toBe(olds[name]?.["instanceId"]);

    const story = errorOf(results, "iad-0");
    expect(story).toMatchObject({ name: "FlyError", code: "unhealthy" });
    expect(story.message).toMatch(/60 s after its start .*caddy/);
    expect(story.message).toContain(`putting the previous configuration (${good}) back`);
    expect(story.message).toContain(`iad-0 is healthy on it again (version ${canary.instance_id})`);
    expect(story.message).toContain(`Only iad-0 had the new configuration (${bad})`);
    for (const name of six.slice(1)) {
      expect(errorOf(results, name)).toMatchObject({ name: "FlyError", code: "not_touched" });
      expect(errorOf(results, name).message).toMatch(/not touched: the canary iad-0 failed/);
    }

    // The state is unchanged, so the previous spec changes nothing and the corrected one does.
    for (const name of six) {
      const { props = {} } = await cloud.drive(
        readMachine(cloud.nextRun(), `acme/${name}`, olds[name] ?? {}),
      );
      expect(diffMachine(props, hostInputs(cloud, name, good))).toEqual({ changes: false });
      expect(diffMachine(props, hostInputs(cloud, name, better))).toEqual({ changes: true });
    }
  });

  test("that doesn't even start is rolled back too", async () => {
    const { cloud, olds } = await deployed(["iad-0"]);
    const results = await run(cloud, [hostInputs(cloud, "iad-0", "acme:unstartable")], olds);
    expect(errorOf(results, "iad-0")).toMatchObject({ name: "FlyError", code: "failed" });
    expect(recordOf(cloud, "iad-0")).toMatchObject({ state: "started", config: { image: good } });
  });

  test("on a later host stops the rollout; hosts changed before keep the new version and are named", async () => {
    const { cloud, olds } = await deployed(six.slice(0, 4));
    const results = await run(
      cloud,
      [
        hostInputs(cloud, "iad-0", better),
        hostInputs(cloud, "iad-1", better),
        hostInputs(cloud, "iad-2", bad),
        hostInputs(cloud, "iad-3", better),
      ],
      olds,
    );
    expect(["iad-0", "iad-1"].map((name) => results[name]?.status)).toEqual([
      "fulfilled",
      "fulfilled",
    ]);
    expect(errorOf(results, "iad-2")).toMatchObject({
      code: "unhealthy",
      tried: expect.stringContaining("iad-0, iad-1"),
    });
    expect(errorOf(results, "iad-3")).toMatchObject({ code: "not_touched", host: "iad-3" });
    expect(errorOf(results, "iad-3").message).toContain("iad-2");
    expect(recordOf(cloud, "iad-1").config.image).toBe(better);
    expect(recordOf(cloud, "iad-2").config.image).toBe(good);
    expect(recordOf(cloud, "iad-3").instance_id).toBe(olds["iad-3"]?.["instanceId"]);
  });

  test("whose previous version fails too leaves a partial error that names both failures", async () => {
    const { cloud, olds } = await deployed(["iad-0"]);
    const old = olds["iad-0"] ?? {};
    const broken = { ...old, config: machineConfig({ image: "acme:unstartable" }) };
    const inputs = hostInputs(cloud, "iad-0", bad);
    const error = errorOf(await run(cloud, [inputs], { "iad-0": broken }), "iad-0");
    expect(error).toMatchObject({
      name: "PartialError",
      properties: { ...inputs, settled: false },
    });
    expect(error.message).toMatch(/60 s after its start/);
    expect(error.cause).toMatchObject({ code: "unhealthy" });
    expect(error.message).toMatch(/back, which failed: .*state `failed`/);
  });

  test("on new hosts leaves the canary in the state and creates no other host", async () => {
    const cloud = await startVirtualCloud();
    const inputs = six.slice(0, 3).map((name) => hostInputs(cloud, name, bad));
    const results = await run(cloud, inputs);
    expect(errorOf(results, "iad-0")).toMatchObject({
      name: "PartialError",
      properties: { machineId: recordOf(cloud, "iad-0").id },
    });
    for (const name of ["iad-1", "iad-2"])
      expect(errorOf(results, name)).toMatchObject({ name: "FlyError", code: "not_touched" });
    expect(cloud.api.store.machines.all().map(({ name }) => name)).toEqual(["iad-0"]);
  });
});

test("an update that Fly reverts is reported and isn't written again", async () => {
  const { cloud, olds } = await deployed(["iad-0"]);
  cloud.api.faults.add({ preset: "update-reverts", times: 1 });
  const results = await run(cloud, [hostInputs(cloud, "iad-0", better)], olds);
  expect(errorOf(results, "iad-0")).toMatchObject({ name: "FlyError", code: "reverted" });
  expect(recordOf(cloud, "iad-0").instance_id).toBe(olds["iad-0"]?.["instanceId"]);
  const again = await run(cloud, [hostInputs(cloud, "iad-0", better)], olds);
  expect(again["iad-0"]?.status).toBe("fulfilled");
});

test("trouble with the API doesn't roll the version back, and the next run continues", async () => {
  const { cloud, olds } = await deployed(["iad-0", "iad-1"]);
  cloud.api.faults.add({
    api: "fly",
    method: "GET",
    path: "/wait$",
    when: "before",
    action: { status: 403, body: { error: "no" } },
  });
  const inputs = ["iad-0", "iad-1"].map((name) => hostInputs(cloud, name, better));
  const results = await run(cloud, inputs, olds);
  const error = errorOf(results, "iad-0");
  expect(error).toMatchObject({ name: "PartialError", properties: { settled: false } });
  expect(recordOf(cloud, "iad-0").config.image).toBe(better);
  expect(errorOf(results, "iad-1")).toMatchObject({ code: "not_touched" });
  cloud.api.faults.clear();
  const versions = recordOf(cloud, "iad-0").versions.length;
  const state = { ...olds, "iad-0": (error as unknown as { properties: Properties }).properties };
  outsOf(await run(cloud, inputs, state));
  expect(recordOf(cloud, "iad-0").versions).toHaveLength(versions);
});

describe("a good image", () => {
  test.each([
    [1, 1],
    [2, 2],
  ])("with at most %i away: the first alone, then %i at once", async (maxUnavailable, most) => {
    const { cloud, olds } = await deployed(six);
    const away = watchAway(cloud);
    const inputs = six.map((name) => hostInputs(cloud, name, better, { maxUnavailable }));
    outsOf(await run(cloud, inputs.toReversed(), olds));
    expect(Math.max(...away.map((names) => names.length))).toBe(most);
    const others = away.findIndex((names) => names.some((name) => name !== "iad-0"));
    expect(away.slice(0, others).flat()).toContain("iad-0");
    expect(away.slice(others).flat()).not.toContain("iad-0");
    for (const name of six) expect(recordOf(cloud, name).config.image).toBe(better);
  });

  test("new hosts: the first is created alone, then all others at once", async () => {
    const cloud = await startVirtualCloud();
    const inputs = six.map((name) => hostInputs(cloud, name, good));
    outsOf(await run(cloud, inputs.toReversed()));
    const made = cloud.api.store.machines.all();
    expect(made[0]?.name).toBe("iad-0");
    const healthy = Date.parse(made[0]?.checks[0]?.updated_at ?? "");
    const others = made.slice(1).map(({ created_at }) => Date.parse(created_at));
    expect(Math.min(...others)).toBeGreaterThanOrEqual(healthy);
    // Fly's rate limit allows two more calls at once.
    expect((others[1] ?? NaN) - (others[0] ?? NaN)).toBeLessThan(100);
  });

  test("each host must stay healthy for minHealthySeconds before the next one changes", async () => {
    const { cloud, olds } = await deployed(["iad-0", "iad-1"]);
    const inputs = ["iad-0", "iad-1"].map((name) =>
      hostInputs(cloud, name, better, { minHealthySeconds: 10 }),
    );
    outsOf(await run(cloud, inputs, olds));
    const healthy = Date.parse(recordOf(cloud, "iad-0").checks[0]?.updated_at ?? "");
    const next = recordOf(cloud, "iad-1").events.find(({ type }) => type === "update");
    expect(next?.timestamp).toBeGreaterThanOrEqual(healthy + 10_000);
  });

  test("a host that doesn't stay healthy for minHealthySeconds is rolled back", async () => {
    const { cloud, olds } = await deployed(["iad-0", "iad-1"]);
    const inputs = ["iad-0", "iad-1"].map((name) =>
      hostInputs(cloud, name, better, { minHealthySeconds: 10, healthTimeoutSeconds: 5 }),
    );
    cloud.clock.after(8_000, () => {
      const machine = recordOf(cloud, "iad-0");
      machine.checks = machine.checks.map((check) => ({ ...check, status: "critical" }));
      cloud.api.store.machines.put(machine.id, machine);
    });
    const results = await run(cloud, inputs, olds);
    expect(errorOf(results, "iad-0")).toMatchObject({ code: "unhealthy" });
    expect(recordOf(cloud, "iad-0")).toMatchObject({ state: "started", config: { image: good } });
    expect(errorOf(results, "iad-1")).toMatchObject({ code: "not_touched" });
  });

  test("stopped hosts follow last, without being launched", async () => {
    const { cloud, olds } = await deployed(["iad-2"]);
    const warm = hostInputs(cloud, "iad-1", good, { state: "stopped" });
    const { "iad-1": old = {} } = outsOf(await run(cloud, [warm]));
    const before = cloud.writes().length;
    const results = await run(
      cloud,
      [
        hostInputs(cloud, "iad-1", better, { state: "stopped" }),
        hostInputs(cloud, "iad-2", better),
      ],
      { ...olds, "iad-1": old },
    );
    outsOf(results);
    const updates = cloud
      .writes()
      .slice(before)
      .filter((call) => /^POST \/machines\/\w+$/.test(call));
    const ids = ["iad-2", "iad-1"].map((name) => recordOf(cloud, name).id);
    expect(updates).toEqual(ids.map((id) => `POST /machines/${id}`));
    expect(recordOf(cloud, "iad-1")).toMatchObject({ cordoned: true, config: { image: better } });
    expect(recordOf(cloud, "iad-1").events.map(({ type }) => type)).not.toContain("start");
  });

  test("stopped hosts alone need no canary", async () => {
    const cloud = await startVirtualCloud();
    const inputs = six.map((name) => hostInputs(cloud, name, good, { state: "stopped" }));
    outsOf(await run(cloud, inputs));
    expect(cloud.api.store.machines.all()).toHaveLength(6);
  });
});

test("starting and stopping a warm host doesn't wait for a turn", async () => {
  const { cloud, olds } = await deployed(["iad-0", "iad-1"]);
  const fly = cloud.nextRun();
  cloud.api.faults.add({ preset: "slow-start" });
  const rollout = convergeMachine(fly, hostInputs(cloud, "iad-0", better), olds["iad-0"] ?? {});
  await cloud.drive(cloud.clock.sleep(1_000));
  expect(recordOf(cloud, "iad-0").state).toBe("starting");
  const stop = convergeMachine(
    fly,
    hostInputs(cloud, "iad-1", good, { state: "stopped" }),
    olds["iad-1"] ?? {},
  );
  await cloud.drive(stop);
  expect(recordOf(cloud, "iad-0").state).toBe("starting");
  await cloud.drive(rollout);
});
