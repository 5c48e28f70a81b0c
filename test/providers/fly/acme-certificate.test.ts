import { expect, test } from "vitest";

import {
  checkCertificate,
  convergeCertificate,
  deleteCertificate,
  diffCertificate,
  readCertificate,
} from "../../../providers/fly/acme-certificate.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import type { Cloud } from "./cloud.ts";
import { startWithApp } from "./machine-run.ts";

function inputsOf(appId: string, hostname = "app.example.com"): Properties {
  return { app: "acme", appId, hostname, __provider: "text" };
}

function hostnames(cloud: Cloud): string[] {
  return cloud.api.store.certificates.all().map(({ hostname }) => hostname);
}

const requested = "POST /apps/acme/certificates/acme";

test("requests a certificate, returns its DNS requirements, and then shows no difference", async () => {
  const cloud = await startWithApp();
  const inputs = inputsOf(cloud.appId);
  const { id, outs } = await convergeCertificate(cloud.fly, inputs);
  expect(id).toBe("acme/app.example.com");
  expect(outs).toMatchObject({
    ...inputs,
    requested: true,
    dnsRequirements: { acme_challenge: { name: "_acme-challenge.app.example.com" } },
  });
  const { props = {} } = await readCertificate(cloud.nextRun(), id, outs);
  expect(diffCertificate(props, inputs)).toEqual({ changes: false });
  await convergeCertificate(cloud.nextRun(), inputs);
  expect(cloud.writes().filter((call) => call === requested)).toHaveLength(1);
});

test("a wildcard reaches Fly, and another hostname replaces the certificate", async () => {
  const cloud = await startWithApp();
  const inputs = inputsOf(cloud.appId, "*.example.com");
  const { id, outs } = await convergeCertificate(cloud.fly, inputs);
  expect((await readCertificate(cloud.nextRun(), id, outs)).id).toBe("acme/*.example.com");
  expect(diffCertificate(outs, inputsOf(cloud.appId))).toEqual({
    changes: true,
    replaces: ["hostname"],
  });
});

test.each([
  { when: "after", action: "reset" },
  { when: "after", action: { status: 408, body: { error: "deadline_exceeded" } } },
  { when: "before", action: { status: 503, body: "bad gateway" } },
] as const)("an answer lost $when the effect ends in one certificate", async (fault) => {
  const cloud = await startWithApp();
  cloud.api.faults.add({ api: "fly", method: "POST", path: "/acme$", times: 1, ...fault });
  const { outs } = await convergeCertificate(cloud.fly, inputsOf(cloud.appId));
  expect(outs).toMatchObject({ requested: true });
  expect(hostnames(cloud)).toEqual(["app.example.com"]);
});

test("after a response that stays lost, the state keeps what may exist", async () => {
  const cloud = await startWithApp();
  const inputs = inputsOf(cloud.appId);
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/acme$",
    when: "before",
    action: "reset",
  });
  await expect(convergeCertificate(cloud.fly, inputs)).rejects.toMatchObject({
    name: "PartialError",
    id: "acme/app.example.com",
    properties: { ...inputs, requested: false },
  });
  expect(diffCertificate({ ...inputs, requested: false }, inputs)).toEqual({ changes: true });
});

test("a deleted certificate reads as gone only after the same app has answered", async () => {
  const cloud = await startWithApp();
  const { id, outs } = await convergeCertificate(cloud.fly, inputsOf(cloud.appId));
  await deleteCertificate(cloud.nextRun(), outs);
  expect(hostnames(cloud)).toEqual([]);
  await deleteCertificate(cloud.nextRun(), outs);
  expect(await readCertificate(cloud.nextRun(), id, outs)).toEqual({});
  const elsewhere = { ...outs, appId: "another" };
  await expect(readCertificate(cloud.nextRun(), id, elsewhere)).rejects.toMatchObject({
    code: "wrong_app",
  });
});

test("a hostname of another app is refused, with Fly's words", async () => {
  const cloud = await startWithApp();
  cloud.api.store.certificates.put("other/app.example.com", {
    app: "other",
    hostname: "app.example.com",
    created_at: "2026-01-01T00:00:00Z",
    acme_requested: true,
  });
  await expect(convergeCertificate(cloud.fly, inputsOf(cloud.appId))).rejects.toMatchObject({
    name: "FlyError",
    status: 422,
    message: expect.stringContaining("already been taken"),
  });
});

test.each([["App.example.com"], ["example"], [3], ["a_b.example.com"]])(
  "%s is not a hostname",
  (hostname) => {
    expect(checkCertificate({}, { hostname }).failures).toMatchObject([{ property: "hostname" }]);
  },
);
