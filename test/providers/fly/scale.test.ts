/** Slots are switched without a reboot: the calls of a switch, what outlives a reboot, and what a refresh shows. */
import { describe, expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import { convergeMachine, diffMachine, readMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { convergeVolume } from "../../../providers/fly/volume.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import { startVirtualCloud } from "./virtual-cloud.ts";
import type { VirtualCloud } from "./virtual-cloud.ts";

function inputsOf(cloud: VirtualCloud, workers: number, over: Properties = {}): Properties {
  const env = {
    ACTIVE_MAIL_SENDER: "1",
    ACTIVE_WORKER: String(workers),
    FLOTILLA_HOST: "iad-0",
    FLOTILLA_SLOTS: "mail-sender=2 worker=8",
  };
  return machineInputs(cloud.appId, {
    config: machineConfig({ env }),
    slots: { "mail-sender": 2, worker: 8 },
    active: { "mail-sender": 1, worker: workers },
    ...over,
  });
}

/** The inputs as older versions of flotilla sent them, with slots in the environment only. */
function withoutRecords({ slots: _slots, active: _active, ...inputs }: Properties): Properties {
  return inputs;
}

async function converge(
  cloud: VirtualCloud,
  inputs: Properties,
  olds: Properties,
): Promise<Properties> {
  return (await cloud.drive(convergeMachine(cloud.nextRun(), inputs, olds))).outs;
}

async function refresh(cloud: VirtualCloud, outs: Properties): Promise<Properties> {
  return (await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", outs))).props ?? {};
}

/** Returns the guest's file of the last switch, which says what is on; empty without one. */
async function activeFile(cloud: VirtualCloud, outs: Properties): Promise<string> {
  const path = `/v1/apps/acme/machines/${String(outs["machineId"])}/exec`;
  const answer = await cloud.api.app.request(path, {
    method: "POST",
    headers: bearer(cloud.api.token),
    body: JSON.stringify({ command: ["cat", "/flotilla/data/active.env"] }),
  });
  return ((await answer.json()) as { stdout: string }).stdout;
}

async function reboot(cloud: VirtualCloud, outs: Properties): Promise<void> {
  await cloud.api.app.request(`/v1/apps/acme/machines/${String(outs["machineId"])}/restart`, {
    method: "POST",
    headers: bearer(cloud.api.token),
  });
  await cloud.drive(cloud.clock.sleep(10_000));
}

async function withVolume(cloud: VirtualCloud): Promise<Properties> {
  const volume = { app: "acme", appId: cloud.appId, name: "iad_0_data", region: "iad", sizeGb: 1 };
  const { outs } = await cloud.drive(convergeVolume(cloud.nextRun(), volume, {}));
  return { volumeId: outs["volumeId"] };
}

test("2 → 6 → 1: no new version, no boot, and no write except the switch", async () => {
  const cloud = await startVirtualCloud();
  let outs = await converge(cloud, inputsOf(cloud, 2), {});
  expect(outs["live"]).toMatchObject({ active: { worker: 2, "mail-sender": 1 } });
  const { instanceId } = outs;
  const [record] = cloud.api.store.machines.all();
  const starts = (): number => record?.events.filter(({ type }) => type === "start").length ?? 0;
  const booted = starts();
  for (const workers of [6, 1]) {
    const inputs = inputsOf(cloud, workers);
    expect(diffMachine(outs, inputs)).toEqual({ changes: true });
    const before = cloud.writes().length;
    outs = await converge(cloud, inputs, outs);
    const writes = cloud.writes().slice(before);
    expect(writes.map((call) => call.replace(/\w{14}/, "ID"))).toEqual([
      "POST /machines/ID/metadata/active",
      "POST /machines/ID/exec",
      "POST /machines/ID/metadata/active",
    ]);
    expect(outs["instanceId"]).toBe(instanceId);
    expect(await activeFile(cloud, outs)).toBe(`ACTIVE_MAIL_SENDER=1\nACTIVE_WORKER=${workers}\n`);
    const seen = await refresh(cloud, outs);
    expect(seen["live"]).toMatchObject({ active: { worker: workers } });
    expect(diffMachine(seen, inputs)).toEqual({ changes: false });
  }
  expect([starts(), record?.versions.length]).toEqual([booted, 1]);
});

test("a switch doesn't outlive the reboot of a host without a volume: the refresh shows it, and the next run switches again", async () => {
  const cloud = await startVirtualCloud();
  const first = await converge(cloud, inputsOf(cloud, 2), {});
  const inputs = inputsOf(cloud, 6);
  const outs = await converge(cloud, inputs, first);
  await reboot(cloud, outs);
  const seen = await refresh(cloud, outs);
  expect(seen["live"]).toMatchObject({ active: { worker: 2 } });
  expect(diffMachine(seen, inputs)).toEqual({ changes: true });
  const again = await converge(cloud, inputs, seen);
  expect(again["instanceId"]).toBe(outs["instanceId"]);
  expect(await activeFile(cloud, outs)).toContain("ACTIVE_WORKER=6");
});

test("a switch outlives a reboot and a new version on a host with a volume", async () => {
  const cloud = await startVirtualCloud();
  const over = await withVolume(cloud);
  const first = await converge(cloud, inputsOf(cloud, 2, over), {});
  const inputs = inputsOf(cloud, 6, over);
  const outs = await converge(cloud, inputs, first);
  await reboot(cloud, outs);
  expect(diffMachine(await refresh(cloud, outs), inputs)).toEqual({ changes: false });

  // The new version's environment says 3 and the file on the volume still 6: in the end 3 run.
  const files = [{ path: "/flotilla/etc/caddy.json", text: "{ }\n" }];
  const change = inputsOf(cloud, 3, { ...over, files });
  const updated = await converge(cloud, change, outs);
  expect(updated["instanceId"]).not.toBe(outs["instanceId"]);
  expect(await activeFile(cloud, updated)).toContain("ACTIVE_WORKER=3");
  expect(diffMachine(await refresh(cloud, updated), change)).toEqual({ changes: false });
});

test("an interrupted switch shows, whether it took effect or not", async () => {
  const cloud = await startVirtualCloud();
  const first = await converge(cloud, inputsOf(cloud, 2), {});
  // The client gives up after five attempts at the exec.
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/exec$",
    when: "after",
    action: "reset",
    times: 5,
  });
  await expect(converge(cloud, inputsOf(cloud, 6), first)).rejects.toMatchObject({
    name: "PartialError",
  });
  const seen = await refresh(cloud, first);
  expect(diffMachine(seen, inputsOf(cloud, 2))).toEqual({ changes: true });
  const back = await converge(cloud, inputsOf(cloud, 2), seen);
  expect(await activeFile(cloud, back)).toContain("ACTIVE_WORKER=2");
});

test("a switch that fails in the guest is an error with its last line of output", async () => {
  const cloud = await startVirtualCloud();
  const first = await converge(cloud, inputsOf(cloud, 2), {});
  const body = { exit_code: 1, stdout: "", stderr: "switch: worker-5 isn't on\n" };
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/exec$",
    when: "before",
    action: { status: 200, body },
  });
  await expect(converge(cloud, inputsOf(cloud, 6), first)).rejects.toMatchObject({
    name: "PartialError",
    message: expect.stringContaining("worker-5 isn't on"),
  });
});

test("a burst onto a warm host starts it without creating a Machine, with the right slots on", async () => {
  const cloud = await startVirtualCloud();
  const warm = await converge(cloud, inputsOf(cloud, 1, { state: "stopped" }), {});
  // The slots of a stopped host aren't compared.
  expect(diffMachine(warm, inputsOf(cloud, 4, { state: "stopped" }))).toEqual({ changes: false });
  const before = cloud.writes().length;
  const inputs = inputsOf(cloud, 4);
  const outs = await converge(cloud, inputs, warm);
  const writes = cloud
    .writes()
    .slice(before)
    .map((call) => call.replace(/\w{14}/, "ID"));
  expect(writes.slice(0, 2)).toEqual(["POST /machines/ID/start", "POST /machines/ID/uncordon"]);
  expect(writes).not.toContain("POST /machines");
  expect(outs["instanceId"]).toBe(warm["instanceId"]);
  expect(await activeFile(cloud, outs)).toContain("ACTIVE_WORKER=4");

  const up = cloud.writes().length;
  const stopped = await converge(cloud, inputsOf(cloud, 1, { state: "stopped" }), outs);
  const down = cloud
    .writes()
    .slice(up)
    .map((call) => call.replace(/\w{14}/, "ID"));
  expect(down).toEqual(["POST /machines/ID/cordon", "POST /machines/ID/stop"]);
  expect(stopped["live"]).toMatchObject({ state: "stopped", cordoned: true });
});

test("state of an older version, in which slots were part of the environment, shows no difference", async () => {
  const cloud = await startVirtualCloud();
  const inputs = inputsOf(cloud, 2);
  const outs = await converge(cloud, inputs, {});
  const live = outs["live"] as { parts: Record<string, string> };
  const { environment: _new, ...parts } = live.parts;
  const { active: _unknown, ...before } = outs["live"] as Properties;
  const older = { ...outs, applied: parts, live: { ...before, parts } };
  expect(diffMachine(older, inputs)).toEqual({ changes: false });
  expect(diffMachine(await refresh(cloud, older), inputs)).toEqual({ changes: false });
  expect(diffMachine(older, inputsOf(cloud, 3))).toEqual({ changes: true });
  const [record] = cloud.api.store.machines.all();
  if (record !== undefined)
    record.config = { ...record.config, env: { FLOTILLA_HOST: "elsewhere" } };
  expect(diffMachine(await refresh(cloud, older), inputs)).toEqual({ changes: true });
});

test("slots and active slots are taken from the records, not from the environment", async () => {
  const cloud = await startVirtualCloud();
  const config = machineConfig({ env: { FLOTILLA_HOST: "iad-0" } });
  const first = await converge(cloud, inputsOf(cloud, 0, { config, active: {} }), {});
  expect(first["live"]).toMatchObject({ active: { "mail-sender": 0, worker: 0 } });
  const inputs = inputsOf(cloud, 3, { config });
  expect(diffMachine(first, inputs)).toEqual({ changes: true });
  const outs = await converge(cloud, inputs, first);
  expect(outs["instanceId"]).toBe(first["instanceId"]);
  expect(await activeFile(cloud, outs)).toBe("ACTIVE_MAIL_SENDER=1\nACTIVE_WORKER=3\n");
  expect(diffMachine(await refresh(cloud, outs), inputs)).toEqual({ changes: false });
});

describe("a state written before slots travelled as records", () => {
  test("shows no difference, and a run on it writes nothing", async () => {
    const cloud = await startVirtualCloud();
    const older = await converge(cloud, withoutRecords(inputsOf(cloud, 2)), {});
    const inputs = inputsOf(cloud, 2);
    expect(diffMachine(older, inputs)).toEqual({ changes: false });
    const seen = await refresh(cloud, older);
    expect(seen).toEqual(older);
    expect(diffMachine(seen, inputs)).toEqual({ changes: false });
    const before = cloud.writes().length;
    const outs = await converge(cloud, inputs, seen);
    expect(cloud.writes().slice(before)).toEqual([]);
    expect(outs["instanceId"]).toBe(older["instanceId"]);
  });

  test("is scaled without a reboot", async () => {
    const cloud = await startVirtualCloud();
    const older = await converge(cloud, withoutRecords(inputsOf(cloud, 2)), {});
    const inputs = inputsOf(cloud, 5);
    expect(diffMachine(older, inputs)).toEqual({ changes: true });
    const outs = await converge(cloud, inputs, older);
    expect(outs["instanceId"]).toBe(older["instanceId"]);
    expect(await activeFile(cloud, outs)).toContain("ACTIVE_WORKER=5");
  });

  test("is rolled back to with the slots of its environment", async () => {
    const cloud = await startVirtualCloud();
    const older = await converge(cloud, withoutRecords(inputsOf(cloud, 2)), {});
    const good = inputsOf(cloud, 4);
    const config = { ...(good["config"] as object), image: "acme:broken" };
    const change = { ...good, config };
    await expect(converge(cloud, change, older)).rejects.toMatchObject({ code: "unhealthy" });
    expect(diffMachine(await refresh(cloud, older), inputsOf(cloud, 2))).toEqual({
      changes: false,
    });
  });
});
