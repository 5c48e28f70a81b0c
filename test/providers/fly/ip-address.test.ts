import { expect, test } from "vitest";

import { convergeApp } from "../../../providers/fly/app.ts";
import {
  checkIpAddress,
  convergeIpAddress,
  deleteIpAddress,
  diffIpAddress,
  readIpAddress,
} from "../../../providers/fly/ip-address.ts";
import { appInputs, startCloud } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";

async function startWithApp(): Promise<Cloud & { appId: string }> {
  const cloud = await startCloud();
  const { outs } = await convergeApp(cloud.fly, appInputs);
  return { ...cloud, appId: String(outs["appId"]) };
}

const posts = (cloud: Cloud): number =>
  cloud.writes().filter((call) => call.endsWith("/ip_assignments")).length;

test("allocates one address of each type and adopts what is there", async () => {
  const cloud = await startWithApp();
  const inputs = { app: "acme", appId: cloud.appId, type: "v6", __provider: "text" };
  const v6 = await convergeIpAddress(cloud.fly, inputs);
  const v4 = await convergeIpAddress(cloud.fly, { ...inputs, type: "shared_v4" });
  expect(v6).toMatchObject({
    id: "acme/v6",
    outs: { ...inputs, address: expect.stringContaining(":") },
  });
  expect(v4).toMatchObject({
    id: "acme/shared_v4",
    outs: { address: expect.stringMatching(/^[\d.]+$/) },
  });
  expect(await convergeIpAddress(cloud.nextRun(), inputs)).toEqual(v6);
  expect(posts(cloud)).toBe(2);
});

test.each(["before", "after"] as const)(
  "a lost answer %s the effect makes one address",
  async (when) => {
    const cloud = await startWithApp();
    cloud.api.faults.add({
      api: "fly",
      method: "POST",
      path: "/ip_assignments$",
      when,
      action: "reset",
      times: 1,
    });
    const inputs = { app: "acme", appId: cloud.appId, type: "v6" };
    const { outs } = await convergeIpAddress(cloud.fly, inputs);
    expect(posts(cloud)).toBe(when === "before" ? 2 : 1);
    expect(await readIpAddress(cloud.nextRun(), "acme/v6", outs)).toEqual({
      id: "acme/v6",
      props: outs,
    });
  },
);

test("a private address is not a public one", async () => {
  const cloud = await startWithApp();
  const ips = [{ ip: "fdaa:0:1::3", shared: false }];
  cloud.api.faults.add({
    api: "fly",
    method: "GET",
    path: "/ip_assignments$",
    when: "before",
    action: { status: 200, body: { ips } },
    times: 1,
  });
  const { outs } = await convergeIpAddress(cloud.fly, {
    app: "acme",
    appId: cloud.appId,
    type: "v6",
  });
  expect(outs["address"]).not.toBe("fdaa:0:1::3");
});

test("delete releases the address, can be repeated, and the address then reads as gone", async () => {
  const cloud = await startWithApp();
  const { outs } = await convergeIpAddress(cloud.fly, {
    app: "acme",
    appId: cloud.appId,
    type: "v6",
  });
  await deleteIpAddress(cloud.nextRun(), outs);
  await deleteIpAddress(cloud.nextRun(), outs);
  expect(await readIpAddress(cloud.nextRun(), "acme/v6", outs)).toEqual({});
});

test("diff and check", () => {
  const inputs = { app: "acme", appId: "1", type: "v6" };
  expect(diffIpAddress({ ...inputs, address: "::1" }, inputs)).toEqual({ changes: false });
  expect(diffIpAddress(inputs, { ...inputs, type: "shared_v4" })).toEqual({
    changes: true,
    replaces: ["type"],
  });
  expect(diffIpAddress(inputs, { ...inputs, appId: "2" })).toEqual({ changes: true });
  expect(checkIpAddress({}, { ...inputs, type: "v5" }).failures).toMatchObject([
    { property: "type" },
  ]);
  expect(checkIpAddress({}, inputs)).toEqual({ inputs });
});
