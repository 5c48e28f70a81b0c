import { describe, expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import { convergeApp } from "../../../providers/fly/app.ts";
import { volume } from "../../../providers/fly/entry.ts";
import { convergeMachine, deleteMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import {
  checkVolume,
  convergeVolume,
  diffVolume,
  readVolume,
} from "../../../providers/fly/volume.ts";
import { listVolumes, pruneVolume } from "../../../providers/fly/retained-volumes.ts";
import { appInputs, machineConfig, machineInputs, startCloud } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";

async function startWithApp(): Promise<Cloud & { appId: string; inputs: Properties }> {
  const cloud = await startCloud();
  const { outs } = await convergeApp(cloud.fly, appInputs);
  const appId = String(outs["appId"]);
  const inputs = {
    app: "acme",
    appId,
    name: "iad_0_data",
    region: "iad",
    sizeGb: 3,
    __provider: "text",
  };
  return { ...cloud, appId, inputs };
}

const volumesOf = (cloud: Cloud): { id: string; size_gb: number }[] =>
  cloud.api.store.volumes.all().filter(({ state }) => state === "created");

describe("one volume, whatever happens", () => {
  test("is created, and found again by a run without state", async () => {
    const cloud = await startWithApp();
    const first = await convergeVolume(cloud.fly, cloud.inputs, {});
    expect(first).toMatchObject({
      id: "acme/iad_0_data",
      outs: { ...cloud.inputs, volumeId: expect.stringMatching(/^vol_/), liveSizeGb: 3 },
    });
    expect(await convergeVolume(cloud.nextRun(), cloud.inputs, {})).toEqual(first);
    expect(volumesOf(cloud)).toHaveLength(1);
    const read = await readVolume(cloud.nextRun(), first.id, first.outs);
    expect(read).toEqual({ id: first.id, props: first.outs });
    expect(diffVolume(first.outs, cloud.inputs)).toEqual({ changes: false });
  });

  test.each([
    { when: "after", action: "reset" },
    { when: "after", action: { status: 408, body: { error: "deadline_exceeded" } } },
    { when: "before", action: { status: 502, body: "" } },
  ] as const)("a create answered with $action $when its effect", async (fault) => {
    const cloud = await startWithApp();
    cloud.api.faults.add({ api: "fly", method: "POST", path: "/volumes$", times: 1, ...fault });
    const { outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
    expect(volumesOf(cloud)).toMatchObject([{ id: outs["volumeId"] }]);
  });

  test("is found again on our own Machine after a lost state, so that the host keeps its data", async () => {
    const cloud = await startWithApp();
    const { outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
    await convergeMachine(
      cloud.fly,
      machineInputs(cloud.appId, { volumeId: outs["volumeId"], files: [] }),
      {},
    );
    expect((await convergeVolume(cloud.nextRun(), cloud.inputs, {})).outs["volumeId"]).toBe(
      outs["volumeId"],
    );
    expect(volumesOf(cloud)).toHaveLength(1);
  });

  test("is refused on a stranger's Machine", async () => {
    const cloud = await startWithApp();
    const { outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
    const config = machineConfig({ metadata: {} });
    await convergeMachine(
      cloud.fly,
      machineInputs(cloud.appId, { volumeId: outs["volumeId"], files: [], config }),
      {},
    );
    await expect(convergeVolume(cloud.nextRun(), cloud.inputs, {})).rejects.toMatchObject({
      code: "volume_attached",
    });
    expect(volumesOf(cloud)).toHaveLength(1);
  });

  test("two volumes of the name are an error that names both, unless the state says which is ours", async () => {
    const cloud = await startWithApp();
    const { outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
    const response = await fetch(`${cloud.api.url}/v1/apps/acme/volumes`, {
      method: "POST",
      headers: { ...bearer(cloud.api.token), "content-type": "application/json" },
      body: JSON.stringify({ name: "iad_0_data", region: "iad", size_gb: 1 }),
    });
    const other = ((await response.json()) as { id: string }).id;
    const failure: unknown = await convergeVolume(cloud.nextRun(), cloud.inputs, {}).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "several_volumes" });
    expect(String(failure)).toContain(other);
    expect(String(failure)).toContain(String(outs["volumeId"]));
    expect((await convergeVolume(cloud.nextRun(), cloud.inputs, outs)).outs).toEqual(outs);
    await expect(pruneVolume("acme", "iad_0_data", cloud.nextRun())).rejects.toMatchObject({
      code: "several_volumes",
    });
    await pruneVolume("acme", other, cloud.nextRun());
    expect(volumesOf(cloud)).toMatchObject([{ id: outs["volumeId"] }]);
  });

  test("a volume that Fly moved is recognized by its name under its new id", async () => {
    const cloud = await startWithApp();
    const { id, outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
    const moved = { ...outs, volumeId: "vol_before" };
    expect((await readVolume(cloud.nextRun(), id, moved)).props).toEqual(outs);
  });
});

describe("size", () => {
  test("grows in place, and a smaller live size is repaired", async () => {
    const cloud = await startWithApp();
    const first = await convergeVolume(cloud.fly, cloud.inputs, {});
    const inputs = { ...cloud.inputs, sizeGb: 5 };
    expect(checkVolume(cloud.inputs, inputs)).toEqual({ inputs });
    expect(diffVolume(first.outs, inputs)).toEqual({ changes: true });
    const { outs } = await convergeVolume(cloud.nextRun(), inputs, first.outs);
    expect(outs).toMatchObject({ volumeId: first.outs["volumeId"], liveSizeGb: 5 });
    expect(volumesOf(cloud)).toMatchObject([{ size_gb: 5 }]);
    expect(diffVolume({ ...outs, liveSizeGb: 4 }, inputs)).toEqual({ changes: true });
  });

  test("never shrinks: the check refuses it, and a larger adopted volume keeps its size", async () => {
    const cloud = await startWithApp();
    expect(checkVolume(cloud.inputs, { ...cloud.inputs, sizeGb: 2 }).failures).toEqual([
      { property: "sizeGb", reason: expect.stringMatching(/can't shrink from 3 to 2 GB/) },
    ]);
    await convergeVolume(cloud.fly, cloud.inputs, {});
    const small = { ...cloud.inputs, sizeGb: 1 };
    const { outs } = await convergeVolume(cloud.nextRun(), small, {});
    expect(outs).toMatchObject({ sizeGb: 1, liveSizeGb: 3 });
    expect(diffVolume(outs, small)).toEqual({ changes: false });
  });

  test.each([[0], [501], [1.5], ["3"], [undefined]])("%s is not a size", (sizeGb) => {
    expect(checkVolume({}, { name: "iad_0_data", region: "iad", sizeGb }).failures).toMatchObject([
      { property: "sizeGb" },
    ]);
  });
});

test("name and region replace; an unknown id of the app doesn't", () => {
  const olds = { app: "acme", appId: "1", name: "iad_0_data", region: "iad", sizeGb: 3 };
  expect(diffVolume(olds, { ...olds, name: "iad_1_data" })).toEqual({
    changes: true,
    replaces: ["name"],
  });
  expect(diffVolume(olds, { ...olds, region: "fra" })).toEqual({
    changes: true,
    replaces: ["region"],
  });
  expect(diffVolume(olds, { ...olds, appId: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })).toEqual({
    changes: true,
  });
});

test("Pulumi's delete keeps it, and the next run adopts it", async () => {
  const cloud = await startWithApp();
  const { id, outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
  await volume.delete(id, outs);
  expect((await convergeVolume(cloud.nextRun(), cloud.inputs, {})).outs).toEqual(outs);
});

test("a volume counts as gone only after the same app has answered", async () => {
  const cloud = await startWithApp();
  const { id, outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
  await pruneVolume("acme", "iad_0_data", cloud.nextRun());
  expect(await readVolume(cloud.nextRun(), id, outs)).toEqual({});
  await expect(
    readVolume(cloud.nextRun(), id, { ...outs, appId: "another" }),
  ).rejects.toMatchObject({ code: "wrong_app" });
});

test("volumes are listed with the Machine that holds them, and one in use can't be pruned", async () => {
  const cloud = await startWithApp();
  const { outs } = await convergeVolume(cloud.fly, cloud.inputs, {});
  const machine = await convergeMachine(
    cloud.fly,
    machineInputs(cloud.appId, { volumeId: outs["volumeId"], files: [] }),
    {},
  );
  const expected = {
    id: outs["volumeId"],
    name: "iad_0_data",
    region: "iad",
    sizeGb: 3,
    state: "created",
  };
  expect(await listVolumes("acme", cloud.nextRun())).toMatchObject([
    { ...expected, attachedTo: "iad-0" },
  ]);
  await expect(pruneVolume("acme", "iad_0_data", cloud.nextRun())).rejects.toThrow(
    /attached to Machine iad-0/,
  );
  await expect(pruneVolume("acme", "nonsense", cloud.nextRun())).rejects.toThrow(
    /it has only iad_0_data/,
  );
  await deleteMachine(cloud.nextRun(), machine.outs);
  expect(await pruneVolume("acme", "iad_0_data", cloud.nextRun())).toMatchObject(expected);
  expect(await listVolumes("acme", cloud.nextRun())).toEqual([]);
});
