import { describe, expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import { createFly } from "../../../providers/fly/api/client.ts";
import {
  convergeMachine,
  deleteMachine,
  diffMachine,
  readMachine,
} from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { machineInputs, startCloud } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";
import { expectSettled, live, startWithApp } from "./machine-run.ts";

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

  test("metadata of somebody else isn't drift", async () => {
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
      headers: { ...bearer(cloud.api.token), "content-type": "application/json" },
      body: "{}",
    });
    await cloud.drive(cloud.api.lifecycle.settled(String(outs["machineId"])));
    const seen = (await readMachine(cloud.nextRun(), "acme/iad-0", outs)).props ?? {};
    expect(seen).toMatchObject({ live: { state: "stopped" } });
    expect(diffMachine(seen, inputs)).toEqual({ changes: true });
    const repaired = await convergeMachine(cloud.nextRun(), inputs, seen);
    expect(live(cloud)).toMatchObject([{ state: "started", instance_id: outs["instanceId"] }]);
    await expectSettled(cloud, repaired.outs, inputs);
  });

  test("a lost Machine reads as gone and is created again", async () => {
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

test("a Machine whose server Fly can't reach isn't drift and isn't changed", async () => {
  const cloud = await startWithApp();
  const inputs = machineInputs(cloud.appId);
  const { outs } = await convergeMachine(cloud.fly, inputs, {});
  const [machine] = cloud.api.store.machines.all();
  cloud.api.faults.add({
    api: "fly",
    method: "GET",
    path: "/machines/\\w+$",
    when: "before",
    action: { status: 200, body: { ...machine, config: null, host_status: "unreachable" } },
  });
  await expectSettled(cloud, outs, inputs);
  const writes = cloud.writes();
  await expect(
    convergeMachine(cloud.nextRun(), { ...inputs, secretDigests: {} }, outs),
  ).rejects.toMatchObject({ name: "FlyError", code: "host_unreachable" });
  expect(cloud.writes()).toEqual(writes);
});
