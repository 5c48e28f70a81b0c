/** What a refresh must show, what it must not, and the least harmful call with which the next run repairs it. */
import { describe, expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import {
  convergeAppSecrets,
  diffAppSecrets,
  readAppSecrets,
} from "../../../providers/fly/app-secrets.ts";
import { readApp } from "../../../providers/fly/app.ts";
import { convergeCertificate, readCertificate } from "../../../providers/fly/acme-certificate.ts";
import { createFly } from "../../../providers/fly/api/client.ts";
import type { Fly } from "../../../providers/fly/api/client.ts";
import { convergeIpAddress, readIpAddress } from "../../../providers/fly/ip-address.ts";
import { convergeMachine, diffMachine, readMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { convergeVolume, diffVolume, readVolume } from "../../../providers/fly/volume.ts";
import { appInputs, machineConfig, machineInputs } from "./cloud.ts";
import { startVirtualCloud } from "./virtual-cloud.ts";
import type { VirtualCloud } from "./virtual-cloud.ts";

type MachineRecord = ReturnType<VirtualCloud["api"]["store"]["machines"]["all"]>[number];

interface Host {
  readonly cloud: VirtualCloud;
  readonly inputs: Properties;
  readonly outs: Properties;
  readonly record: MachineRecord;
}

async function startHost(over: Properties = {}): Promise<Host> {
  const cloud = await startVirtualCloud();
  const inputs = machineInputs(cloud.appId, over);
  const { outs } = await cloud.drive(convergeMachine(cloud.nextRun(), inputs, {}));
  const [record] = cloud.api.store.machines.all();
  if (record === undefined) throw new Error("There is no Machine.");
  return { cloud, inputs, outs, record };
}

function edit(record: MachineRecord, config: object): void {
  Object.assign(record, { config: { ...record.config, ...config } });
}

async function ask(
  cloud: VirtualCloud,
  method: string,
  path: string,
  body?: object,
): Promise<void> {
  const answer = await cloud.drive(
    Promise.resolve(
      cloud.api.app.request(`/v1/apps/acme${path}`, {
        method,
        headers: bearer(cloud.api.token),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    ),
  );
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  await cloud.drive(cloud.clock.sleep(10_000));
}

/** Returns the writes with `ID` for each id, without the leases around them. */
function plainWrites(cloud: VirtualCloud, from: number): string[] {
  return cloud
    .writes()
    .slice(from)
    .map((call) => call.replaceAll(/\b[0-9a-f]{14}\b|vol_\w+/g, "ID"))
    .filter((call) => !call.endsWith("/lease"));
}

const update = "POST /machines/ID";
const service = (machineConfig()["services"] as object[])[0];

describe("a Machine: a refresh sees, and the next run repairs", () => {
  test.each<[string, (host: Host) => Promise<unknown> | void, readonly string[]]>([
    ["another image", ({ record }) => edit(record, { image: "registry.fly.io/acme:9" }), [update]],
    ["another environment", ({ record }) => edit(record, { env: { A: "1" } }), [update]],
    ["no services", ({ record }) => edit(record, { services: [] }), [update]],
    ["another check", ({ record }) => edit(record, { checks: {} }), [update]],
    ["files gone", ({ record }) => edit(record, { files: [] }), [update]],
    [
      "metadata changed",
      ({ cloud, record }) =>
        ask(cloud, "POST", `/machines/${record.id}/metadata/stack`, { value: "x" }),
      ["POST /machines/ID/metadata/stack"],
    ],
    [
      "our mark removed",
      ({ cloud, record }) => ask(cloud, "DELETE", `/machines/${record.id}/metadata/managed_by`),
      ["POST /machines/ID/metadata/managed_by"],
    ],
    [
      "stopped by hand",
      ({ cloud, record }) => ask(cloud, "POST", `/machines/${record.id}/stop`, {}),
      ["POST /machines/ID/start"],
    ],
    [
      "cordoned by hand",
      ({ cloud, record }) => ask(cloud, "POST", `/machines/${record.id}/cordon`, {}),
      ["POST /machines/ID/uncordon"],
    ],
    [
      "stuck while starting",
      ({ cloud, record }) => {
        record.state = "starting";
        record.updated_at = new Date(cloud.clock.now() - 600_000).toISOString();
      },
      ["POST /machines/ID/restart"],
    ],
    [
      "stuck while stopping",
      ({ cloud, record }) => {
        record.state = "stopping";
        record.updated_at = new Date(cloud.clock.now() - 600_000).toISOString();
      },
      ["POST /machines/ID/restart"],
    ],
    [
      "a copy that says it is this host",
      ({ cloud, record }) =>
        ask(cloud, "POST", "/machines", { name: "copy", region: "iad", config: record.config }),
      ["POST /machines/ID/cordon", "POST /machines/ID/stop", "DELETE /machines/ID"],
    ],
  ])("%s", async (_name, drift, repair) => {
    const host = await startHost();
    const { cloud, inputs, outs } = host;
    await drift(host);
    const { props = {} } = await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", outs));
    expect(diffMachine(props, inputs)).toEqual({ changes: true });
    const before = cloud.writes().length;
    const { outs: repaired } = await cloud.drive(convergeMachine(cloud.nextRun(), inputs, props));
    expect(plainWrites(cloud, before)).toEqual(repair);
    expect(repaired["machineId"]).toBe(outs["machineId"]);
    const alive = cloud.api.store.machines.all().filter(({ state }) => state !== "destroyed");
    expect(alive).toMatchObject([{ name: "iad-0", state: "started", cordoned: false }]);
    const again = await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", repaired));
    expect(diffMachine(again.props ?? {}, inputs)).toEqual({ changes: false });
  });

  test("gone", async () => {
    const { cloud, inputs, outs, record } = await startHost();
    await ask(cloud, "DELETE", `/machines/${record.id}?force=true`);
    expect(await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", outs))).toEqual({});
    const before = cloud.writes().length;
    await cloud.drive(convergeMachine(cloud.nextRun(), inputs, {}));
    expect(plainWrites(cloud, before)).toEqual(["POST /machines"]);
  });

  test("back with its server in an old version, beside the Machine created since", async () => {
    const { cloud, inputs, outs, record } = await startHost();
    cloud.api.lifecycle.startHostOutage(record, { ms: 60_000, returnsOld: true });
    await ask(cloud, "DELETE", `/machines/${record.id}?force=true`);
    const again = await cloud.drive(convergeMachine(cloud.nextRun(), inputs, {}));
    await cloud.drive(cloud.clock.sleep(120_000));
    const alive = (): string[] =>
      cloud.api.store.machines
        .all()
        .flatMap(({ state, id }) => (state === "destroyed" ? [] : [id]));
    expect(alive()).toEqual([outs["machineId"], again.outs["machineId"]]);
    const { props = {} } = await cloud.drive(
      readMachine(cloud.nextRun(), "acme/iad-0", again.outs),
    );
    expect(diffMachine(props, inputs)).toEqual({ changes: true });
    await cloud.drive(convergeMachine(cloud.nextRun(), inputs, props));
    expect(alive()).toEqual([again.outs["machineId"]]);
  });

  test("its server unreachable: shown, and left alone until it is back", async () => {
    const { cloud, inputs, outs, record } = await startHost();
    const before = cloud.writes().length;
    cloud.api.lifecycle.startHostOutage(record, { ms: 60_000, returnsOld: false });
    const away = await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", outs));
    expect(away.props).toMatchObject({ live: { hostStatus: "unreachable" } });
    expect(away.props).not.toEqual(outs);
    expect(diffMachine(away.props ?? {}, inputs)).toEqual({ changes: false });
    const change = { ...inputs, state: "stopped" };
    await expect(
      cloud.drive(convergeMachine(cloud.nextRun(), change, away.props ?? {})),
    ).rejects.toMatchObject({ code: "host_unreachable" });
    expect(plainWrites(cloud, before)).toEqual([]);
    await cloud.drive(cloud.clock.sleep(120_000));
    const back = await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", away.props ?? {}));
    expect(back.props?.["live"]).toEqual(outs["live"]);
  });
});

describe("a Machine: isn't drift", () => {
  test.each<[string, Properties, (host: Host) => void]>([
    [
      "autostop doing its work",
      { config: machineConfig({ services: [{ ...service, autostop: "stop", autostart: true }] }) },
      ({ record }) => {
        record.state = "stopped";
      },
    ],
    [
      "Fly's spelling of what was sent",
      {},
      ({ record }) =>
        edit(record, {
          init: {},
          dns: {},
          stop_config: { signal: "SIGTERM", timeout: "1m0s" },
          services: (record.config.services ?? []).map((one) => ({
            ...one,
            autostop: false,
            force_instance_key: null,
          })),
        }),
    ],
    [
      "the digest of the same tag",
      {},
      ({ record }) => edit(record, { image: `registry.fly.io/acme:1@sha256:${"0".repeat(64)}` }),
    ],
    [
      "being on its way to where it should be",
      {},
      ({ record }) => void (record.state = "starting"),
    ],
    [
      "metadata of somebody else",
      {},
      ({ record }) =>
        edit(record, { metadata: { ...record.config.metadata, fly_release_id: "1" } }),
    ],
  ])("%s", async (_name, over, happen) => {
    const host = await startHost(over);
    const { cloud, inputs, outs } = host;
    happen(host);
    const { props = {} } = await cloud.drive(readMachine(cloud.nextRun(), "acme/iad-0", outs));
    expect(diffMachine(props, inputs)).toEqual({ changes: false });
  });

  test("a write of ours keeps metadata of somebody else", async () => {
    const { cloud, inputs, outs, record } = await startHost();
    await ask(cloud, "POST", `/machines/${record.id}/metadata/owner`, { value: "bob" });
    const change = { ...inputs, config: machineConfig({ image: "registry.fly.io/acme:2" }) };
    await cloud.drive(convergeMachine(cloud.nextRun(), change, outs));
    expect(record.config).toMatchObject({
      image: "registry.fly.io/acme:2",
      metadata: { owner: "bob", managed_by: "flotilla" },
    });
  });
});

describe("other resources: a refresh sees, and the next run repairs", () => {
  async function startVolume(): Promise<{
    cloud: VirtualCloud;
    inputs: Properties;
    outs: Properties;
  }> {
    const cloud = await startVirtualCloud();
    const inputs = {
      app: "acme",
      appId: cloud.appId,
      name: "iad_0_data",
      region: "iad",
      sizeGb: 2,
    };
    const { outs } = await cloud.drive(convergeVolume(cloud.nextRun(), inputs, {}));
    return { cloud, inputs, outs };
  }

  test("a volume grown by hand: shown, and left, since Fly only grows volumes", async () => {
    const { cloud, inputs, outs } = await startVolume();
    await ask(cloud, "PUT", `/volumes/${String(outs["volumeId"])}/extend`, { size_gb: 5 });
    const { props = {} } = await cloud.drive(readVolume(cloud.nextRun(), "acme/iad_0_data", outs));
    expect(props).toMatchObject({ liveSizeGb: 5, sizeGb: 2 });
    expect(diffVolume(props, inputs)).toEqual({ changes: false });
    const larger = { ...inputs, sizeGb: 4 };
    const before = cloud.writes().length;
    const grown = await cloud.drive(convergeVolume(cloud.nextRun(), larger, props));
    expect(plainWrites(cloud, before)).toEqual([]);
    expect(grown.outs).toMatchObject({ liveSizeGb: 5 });
  });

  test("a volume gone", async () => {
    const { cloud, inputs, outs } = await startVolume();
    await ask(cloud, "DELETE", `/volumes/${String(outs["volumeId"])}`);
    expect(await cloud.drive(readVolume(cloud.nextRun(), "acme/iad_0_data", outs))).toEqual({});
    const again = await cloud.drive(convergeVolume(cloud.nextRun(), inputs, {}));
    expect(again.outs["volumeId"]).not.toBe(outs["volumeId"]);
  });

  test.each([
    ["changed", "b3RoZXI="],
    ["unset", null],
  ])("a secret %s", async (_how, value) => {
    const cloud = await startVirtualCloud();
    const inputs = {
      app: "acme",
      appId: cloud.appId,
      values: { ORIGIN_KEY: "a2V5", OTHER: "eA==" },
    };
    const { outs } = await cloud.drive(convergeAppSecrets(cloud.nextRun(), inputs, {}));
    await ask(cloud, "POST", "/secrets", { values: { OTHER: value } });
    const { props = {} } = await cloud.drive(readAppSecrets(cloud.nextRun(), "acme/secrets", outs));
    expect(diffAppSecrets(props, inputs)).toEqual({ changes: true });
    const before = cloud.writes().length;
    const repaired = await cloud.drive(convergeAppSecrets(cloud.nextRun(), inputs, props));
    expect(plainWrites(cloud, before)).toEqual(["POST /secrets"]);
    // The digests are unchanged, so no host reboots.
    expect(repaired.outs["digests"]).toEqual(outs["digests"]);
    const again = await cloud.drive(readAppSecrets(cloud.nextRun(), "acme/secrets", repaired.outs));
    expect(diffAppSecrets(again.props ?? {}, inputs)).toEqual({ changes: false });
  });

  test("an address gone", async () => {
    const cloud = await startVirtualCloud();
    const inputs = { app: "acme", appId: cloud.appId, type: "v6" };
    const { outs } = await cloud.drive(convergeIpAddress(cloud.nextRun(), inputs));
    await ask(cloud, "DELETE", `/ip_assignments/${encodeURIComponent(String(outs["address"]))}`);
    expect(await cloud.drive(readIpAddress(cloud.nextRun(), "acme/v6", outs))).toEqual({});
    const before = cloud.writes().length;
    await cloud.drive(convergeIpAddress(cloud.nextRun(), inputs));
    expect(plainWrites(cloud, before)).toEqual(["POST /ip_assignments"]);
  });

  test("a certificate gone", async () => {
    const cloud = await startVirtualCloud();
    const inputs = { app: "acme", appId: cloud.appId, hostname: "app.example.com" };
    const { id, outs } = await cloud.drive(convergeCertificate(cloud.nextRun(), inputs));
    await ask(cloud, "DELETE", "/certificates/app.example.com");
    expect(await cloud.drive(readCertificate(cloud.nextRun(), id, outs))).toEqual({});
    const before = cloud.writes().length;
    await cloud.drive(convergeCertificate(cloud.nextRun(), inputs));
    expect(plainWrites(cloud, before)).toEqual(["POST /certificates/acme"]);
  });
});

describe("never an empty fleet, but an error, for", () => {
  const volume = { app: "acme", name: "iad_0_data", region: "iad", sizeGb: 1 };
  const readers: Readonly<Record<string, (fly: Fly, appId: string) => Promise<unknown>>> = {
    app: (fly, appId) => readApp(fly, { ...appInputs, appId }),
    machine: (fly, appId) => readMachine(fly, "acme/iad-0", machineInputs(appId)),
    volume: (fly, appId) => readVolume(fly, "acme/iad_0_data", { ...volume, appId }),
    certificate: (fly, appId) =>
      readCertificate(fly, "acme/x", { app: "acme", appId, hostname: "app.example.com" }),
  };

  /** A connection that gets this response to every call. */
  function connectTo(cloud: VirtualCloud, send: (request: Request) => Promise<Response>): Fly {
    const env = { FLY_FLAPS_BASE_URL: "http://fly.example", FLY_API_TOKEN: "fm2_token" };
    return createFly({ env, clock: cloud.clock, fetch: send });
  }

  test.each(Object.entries(readers))("a wrong token: %s", async (_name, read) => {
    const cloud = await startVirtualCloud();
    const fly = connectTo(cloud, async (request) => cloud.api.app.fetch(request));
    await expect(cloud.drive(read(fly, cloud.appId))).rejects.toMatchObject({ status: 401 });
  });

  test.each(Object.entries(readers))("a wrong endpoint: %s", async (_name, read) => {
    const cloud = await startVirtualCloud();
    const fly = connectTo(cloud, async () => new Response("404 page not found", { status: 404 }));
    await expect(cloud.drive(read(fly, cloud.appId))).rejects.toMatchObject({ name: "FlyError" });
  });

  test.each(Object.entries(readers).filter(([name]) => name !== "app"))(
    "another organization's app of that name: %s",
    async (_name, read) => {
      const cloud = await startVirtualCloud();
      await expect(cloud.drive(read(cloud.nextRun(), "elsewhere"))).rejects.toMatchObject({
        code: "wrong_app",
      });
    },
  );

  test("another organization's app of that name: app", async () => {
    const cloud = await startVirtualCloud();
    const elsewhere = { ...appInputs, organization: "other-org", appId: cloud.appId };
    await expect(cloud.drive(readApp(cloud.nextRun(), elsewhere))).rejects.toMatchObject({
      name: "FlyError",
    });
  });
});
