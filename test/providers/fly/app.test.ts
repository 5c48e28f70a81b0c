import { describe, expect, test } from "vitest";

import { checkApp, convergeApp, deleteApp, diffApp, readApp } from "../../../providers/fly/app.ts";
import { convergeMachine, deleteMachine } from "../../../providers/fly/machine.ts";
import { convergeVolume } from "../../../providers/fly/volume.ts";
import { pruneVolume } from "../../../providers/fly/retained-volumes.ts";
import { appInputs, machineConfig, machineInputs, startCloud } from "./cloud.ts";

test("creates an app, and adopts it when asked again", async () => {
  const cloud = await startCloud({ lagMs: 100 });
  const first = await convergeApp(cloud.fly, appInputs);
  expect(first).toMatchObject({ id: "acme", outs: { ...appInputs, appId: expect.any(String) } });
  const writes = cloud.writes();
  expect(await convergeApp(cloud.nextRun(), appInputs)).toEqual(first);
  expect(cloud.writes()).toEqual(writes);
  expect(await readApp(cloud.nextRun(), first.outs)).toEqual({ id: "acme", props: first.outs });
});

test.each([
  { when: "after", action: "reset" },
  { when: "after", action: { status: 504, body: "" } },
  { when: "before", action: { status: 500, body: { error: "internal" } } },
] as const)("a create answered with $action $when its effect makes one app", async (fault) => {
  const cloud = await startCloud();
  cloud.api.faults.add({ api: "fly", method: "POST", path: "/apps$", times: 1, ...fault });
  const { outs } = await convergeApp(cloud.fly, appInputs);
  expect(cloud.api.store.apps.all().map(({ name }) => name)).toEqual(["acme"]);
  expect(await readApp(cloud.nextRun(), outs)).toEqual({ id: "acme", props: outs });
});

describe("a name that is taken", () => {
  test("by our organization under another spelling is adopted", async () => {
    const cloud = await startCloud();
    const { outs } = await convergeApp(cloud.fly, appInputs);
    const body = { id: outs["appId"], name: "acme", organization: { slug: "jane-doe" } };
    cloud.api.faults.add({
      api: "fly",
      method: "GET",
      path: "/apps/acme$",
      when: "before",
      action: { status: 200, body },
    });
    expect((await convergeApp(cloud.nextRun(), appInputs)).outs).toEqual(outs);
  });

  test("by an organization whose apps the token can see is refused", async () => {
    const cloud = await startCloud();
    await convergeApp(cloud.fly, { ...appInputs, organization: "rivals" });
    await expect(convergeApp(cloud.nextRun(), appInputs)).rejects.toMatchObject({
      name: "FlyError",
      code: "name_taken",
      message: expect.stringMatching(
        /belongs to organization rivals, not to personal.*choose another/,
      ),
    });
  });

  test("by somebody unknown is refused", async () => {
    const cloud = await startCloud();
    const taken = { error: "Validation failed: Name has already been taken", status: "name_taken" };
    cloud.api.faults.add({
      api: "fly",
      method: "POST",
      path: "/apps$",
      when: "before",
      action: { status: 422, body: taken },
    });
    let reads = 0;
    cloud.api.faults.add({
      api: "fly",
      method: "GET",
      path: "/apps/acme$",
      when: "before",
      action: { status: 404, body: { error: "app not found" } },
      times: 1,
    });
    cloud.api.faults.add({
      api: "fly",
      method: "GET",
      path: "/apps/acme$",
      when: "before",
      action: { status: 403, body: { error: "unauthorized" } },
    });
    await expect(convergeApp(cloud.fly, appInputs)).rejects.toMatchObject({ code: "name_taken" });
    reads = cloud.calls().filter((call) => call === "GET /apps/acme").length;
    expect(reads).toBe(2);
  });
});

test("an app counts as gone only when its organization answers", async () => {
  const cloud = await startCloud();
  const { outs } = await convergeApp(cloud.fly, appInputs);
  cloud.api.faults.add({
    api: "fly",
    method: "GET",
    path: "/apps/acme$",
    when: "before",
    action: { status: 404, body: { error: "app not found" } },
    times: 1,
  });
  await expect(readApp(cloud.nextRun(), outs)).rejects.toMatchObject({ code: "contradiction" });
  await deleteApp(cloud.nextRun(), outs);
  expect(await readApp(cloud.nextRun(), outs)).toEqual({});
});

test("delete refuses while Machines or volumes exist, and may be repeated", async () => {
  const cloud = await startCloud();
  const { outs } = await convergeApp(cloud.fly, appInputs);
  const appId = String(outs["appId"]);
  const config = machineConfig();
  const machine = await convergeMachine(cloud.fly, machineInputs(appId, { config, files: [] }), {});
  await convergeVolume(
    cloud.fly,
    { app: "acme", appId, name: "iad_0_data", region: "iad", sizeGb: 1 },
    {},
  );
  await expect(deleteApp(cloud.nextRun(), outs)).rejects.toMatchObject({
    code: "app_in_use",
    message: expect.stringMatching(
      /still has iad-0 \(\w+\), iad_0_data \(vol_\w+\).*pulumi destroy -s.*volumes prune/,
    ),
  });
  await deleteMachine(cloud.nextRun(), machine.outs);
  await expect(deleteApp(cloud.nextRun(), outs)).rejects.toMatchObject({ code: "app_in_use" });
  await pruneVolume("acme", "iad_0_data", cloud.nextRun());
  await deleteApp(cloud.nextRun(), outs);
  await deleteApp(cloud.nextRun(), outs);
  expect(cloud.api.store.apps.all()).toEqual([]);
});

test("diff replaces for the name and the organization, deleting first", () => {
  expect(diffApp({ ...appInputs, appId: "1" }, appInputs)).toEqual({ changes: false });
  expect(diffApp(appInputs, { ...appInputs, name: "other" })).toEqual({
    changes: true,
    replaces: ["name"],
    deleteBeforeReplace: true,
  });
});

test.each([["Acme"], ["a_b"], [""], ["a".repeat(64)], [undefined]])(
  "%s is not an app name",
  (name) => {
    expect(checkApp({}, { name }).failures).toMatchObject([{ property: "name" }]);
  },
);
