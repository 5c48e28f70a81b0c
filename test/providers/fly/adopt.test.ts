/** Resources that flotilla didn't create: adopted if the operator asks for it, refused by name otherwise. */
import { expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import { convergeMachine, diffMachine, readMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { convergeVolume } from "../../../providers/fly/volume.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import { startVirtualCloud } from "./virtual-cloud.ts";
import type { VirtualCloud } from "./virtual-cloud.ts";

/** A hand-made Machine `iad-0` with a volume of the right name, as flyctl leaves them. */
async function startByHand(
  region = "iad",
): Promise<{ cloud: VirtualCloud; id: string; volume: Properties }> {
  const cloud = await startVirtualCloud();
  const post = async (path: string, body: object): Promise<string> => {
    const answer = await cloud.api.app.request(`/v1/apps/acme${path}`, {
      method: "POST",
      headers: bearer(cloud.api.token),
      body: JSON.stringify(body),
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const volumeId = await post("/volumes", { name: "iad_0_data", region, size_gb: 1 });
  const id = await post("/machines", {
    name: "iad-0",
    region,
    config: {
      image: "registry.fly.io/acme:0",
      metadata: { owner: "bob" },
      mounts: [{ volume: volumeId, path: "/flotilla/data" }],
    },
  });
  await cloud.drive(cloud.clock.sleep(5_000));
  const volume = { app: "acme", appId: cloud.appId, name: "iad_0_data", region: "iad", sizeGb: 1 };
  return { cloud, id, volume };
}

test("without `adopt`, a foreign Machine and volume are refused by name and stay unchanged", async () => {
  const { cloud, id, volume } = await startByHand();
  const before = cloud.writes().length;
  await expect(
    cloud.drive(convergeMachine(cloud.nextRun(), machineInputs(cloud.appId), {})),
  ).rejects.toMatchObject({
    code: "foreign_machine",
    host: "iad-0",
    message: expect.stringMatching(new RegExp(`${id}.*flotilla:adopt=true`)),
  });
  await expect(cloud.drive(convergeVolume(cloud.nextRun(), volume, {}))).rejects.toMatchObject({
    code: "volume_attached",
  });
  expect(cloud.writes()).toHaveLength(before);
});

test("with `adopt`, the same Machine and volume become ours, foreign settings stay, and `adopt` can be removed again", async () => {
  const { cloud, id, volume } = await startByHand();
  const data = await cloud.drive(convergeVolume(cloud.nextRun(), { ...volume, adopt: true }, {}));
  const inputs = machineInputs(cloud.appId, { volumeId: data.outs["volumeId"] });
  const { outs } = await cloud.drive(
    convergeMachine(cloud.nextRun(), { ...inputs, adopt: true }, {}),
  );
  expect(outs["machineId"]).toBe(id);
  expect(cloud.api.store.machines.all()).toMatchObject([
    {
      id,
      state: "started",
      config: {
        image: machineConfig()["image"],
        metadata: { owner: "bob", managed_by: "flotilla", host: "iad-0" },
      },
    },
  ]);
  expect(cloud.api.store.volumes.all()).toHaveLength(1);
  const { props = {} } = await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", outs));
  expect(diffMachine(props, inputs)).toEqual({ changes: false });
});

test("a Machine of the same name in another region is refused even with `adopt`", async () => {
  const { cloud } = await startByHand("fra");
  await expect(
    cloud.drive(convergeMachine(cloud.nextRun(), machineInputs(cloud.appId, { adopt: true }), {})),
  ).rejects.toMatchObject({ code: "other_region" });
});

test("a volume is snapshotted before another image runs on it, before it grows and before its Machine is destroyed", async () => {
  const { cloud, volume } = await startByHand();
  const adopted = { ...volume, adopt: true };
  const data = await cloud.drive(convergeVolume(cloud.nextRun(), adopted, {}));
  const [record] = cloud.api.store.volumes.all();
  const inputs = machineInputs(cloud.appId, { volumeId: data.outs["volumeId"], adopt: true });
  await cloud.drive(convergeMachine(cloud.nextRun(), inputs, {}));
  expect(record?.snapshots).toHaveLength(1);
  // A fresh snapshot serves; later another one is taken.
  await cloud.drive(convergeVolume(cloud.nextRun(), { ...adopted, sizeGb: 2 }, data.outs));
  expect(record?.snapshots).toHaveLength(1);
  await cloud.drive(cloud.clock.sleep(3_600_000));
  await cloud.drive(convergeVolume(cloud.nextRun(), { ...adopted, sizeGb: 3 }, data.outs));
  expect(record?.snapshots).toHaveLength(2);
  await cloud.drive(cloud.clock.sleep(3_600_000));
  const { volumeId: _volume, ...without } = inputs;
  await cloud.drive(convergeMachine(cloud.nextRun(), without, {}));
  expect(record?.snapshots).toHaveLength(3);
  expect(record?.attached_machine_id).toBeNull();
});

test("without a snapshot nothing touches the volume", async () => {
  const { cloud, volume } = await startByHand();
  const data = await cloud.drive(convergeVolume(cloud.nextRun(), { ...volume, adopt: true }, {}));
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/snapshots$",
    when: "before",
    action: { status: 400, body: { error: "no" } },
  });
  const before = cloud.writes().length;
  const inputs = machineInputs(cloud.appId, { volumeId: data.outs["volumeId"], adopt: true });
  await expect(cloud.drive(convergeMachine(cloud.nextRun(), inputs, {}))).rejects.toMatchObject({
    name: "FlyError",
    status: 400,
  });
  expect(
    cloud
      .writes()
      .slice(before)
      .filter((call) => !call.endsWith("/snapshots")),
  ).toEqual([]);
});
