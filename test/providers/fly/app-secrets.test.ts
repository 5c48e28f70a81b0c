import { expect, test } from "vitest";

import { bearer } from "../../../fixtures/bearer.ts";
import { convergeApp } from "../../../providers/fly/app.ts";
import {
  checkAppSecrets,
  convergeAppSecrets,
  deleteAppSecrets,
  diffAppSecrets,
  readAppSecrets,
} from "../../../providers/fly/app-secrets.ts";
import type { PartialError } from "../../../providers/dynamic/partial-error.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { appInputs, startCloud } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";

async function startWithApp(): Promise<Cloud & { inputs: (values: Properties) => Properties }> {
  const cloud = await startCloud();
  const { outs } = await convergeApp(cloud.fly, appInputs);
  return {
    ...cloud,
    inputs: (values) => ({ app: "acme", appId: outs["appId"], values, __provider: "text" }),
  };
}

const names = (cloud: Cloud): Promise<unknown> =>
  fetch(`${cloud.api.url}/v1/apps/acme/secrets`, {
    headers: bearer(cloud.api.token),
  })
    .then((response) => response.json() as Promise<{ secrets: { name: string }[] }>)
    .then(({ secrets }) => secrets.map(({ name }) => name).toSorted());

/** Sets a secret as somebody else would. */
async function setByHand(cloud: Cloud, values: object): Promise<void> {
  const response = await fetch(`${cloud.api.url}/v1/apps/acme/secrets`, {
    method: "POST",
    headers: { ...bearer(cloud.api.token), "content-type": "application/json" },
    body: JSON.stringify({ values }),
  });
  expect(response.ok).toBe(true);
}

const posts = (cloud: Cloud): number =>
  cloud.writes().filter((call) => call === "POST /apps/acme/secrets").length;

test("sets all secrets in one call, and makes no write when nothing changed", async () => {
  const cloud = await startWithApp();
  const inputs = cloud.inputs({ B: "2", A: "1" });
  const { id, outs } = await convergeAppSecrets(cloud.fly, inputs, {});
  expect(id).toBe("acme/secrets");
  expect(outs).toMatchObject({
    ...inputs,
    version: expect.any(Number),
    digests: { A: expect.any(String), B: expect.any(String) },
  });
  expect(posts(cloud)).toBe(1);
  const read = await readAppSecrets(cloud.nextRun(), id, outs);
  expect(read).toEqual({ id, props: outs });
  expect(diffAppSecrets(outs, inputs)).toEqual({ changes: false });
  expect((await convergeAppSecrets(cloud.nextRun(), inputs, outs)).outs).toEqual(outs);
  expect(posts(cloud)).toBe(1);
});

test("writes changed secrets, unsets removed ones, and leaves foreign ones alone", async () => {
  const cloud = await startWithApp();
  await setByHand(cloud, { STRANGER: "x" });
  const first = await convergeAppSecrets(cloud.fly, cloud.inputs({ A: "1", B: "2", C: "3" }), {});
  const inputs = cloud.inputs({ A: "1", B: "two", D: "4" });
  expect(diffAppSecrets(first.outs, inputs)).toEqual({ changes: true });
  const { outs } = await convergeAppSecrets(cloud.nextRun(), inputs, first.outs);
  expect(await names(cloud)).toEqual(["A", "B", "D", "STRANGER"]);
  const [before, after] = [first.outs["digests"], outs["digests"]] as Record<string, string>[];
  expect(after?.["A"]).toBe(before?.["A"]);
  expect(after?.["B"]).not.toBe(before?.["B"]);
  expect(Object.keys(after ?? {})).toEqual(["A", "B", "D"]);
  expect(Number(outs["version"])).toBeGreaterThan(Number(first.outs["version"]));
});

test.each<[string, object]>([
  ["changed", { A: "other" }],
  ["unset", { A: null }],
])("a secret %s by hand is drift and is put right", async (_name, values) => {
  const cloud = await startWithApp();
  const inputs = cloud.inputs({ A: "1", B: "2" });
  const { id, outs } = await convergeAppSecrets(cloud.fly, inputs, {});
  await setByHand(cloud, values);
  const seen = (await readAppSecrets(cloud.nextRun(), id, outs)).props ?? {};
  expect(seen["digests"]).toEqual(outs["digests"]);
  expect(diffAppSecrets(seen, inputs)).toEqual({ changes: true });
  const repaired = await convergeAppSecrets(cloud.nextRun(), inputs, seen);
  expect(repaired.outs["digests"]).toEqual(outs["digests"]);
  expect(diffAppSecrets(repaired.outs, inputs)).toEqual({ changes: false });
});

test("a call whose response was lost is repeated with the same result", async () => {
  const cloud = await startWithApp();
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/secrets$",
    when: "after",
    action: "reset",
    times: 1,
  });
  const { outs } = await convergeAppSecrets(cloud.fly, cloud.inputs({ A: "1" }), {});
  expect(await names(cloud)).toEqual(["A"]);
  expect(outs["digests"]).toEqual({ A: expect.any(String) });
});

test("a failure after the write leaves a state from which the next run continues", async () => {
  const cloud = await startWithApp();
  const body = { error: "internal" };
  const inputs = cloud.inputs({ A: "1" });
  // The first read shows the current secrets, the second the result of the write.
  cloud.api.faults.add({
    api: "fly",
    method: "POST",
    path: "/secrets$",
    when: "after",
    action: { status: 200, body: { version: 3 } },
    times: 1,
  });
  const run = cloud.fly;
  const call = run.call.bind(run);
  let reads = 0;
  const flaky = {
    ...run,
    call: ((request: Parameters<typeof call>[0]) => {
      if (request.method === "GET" && ++reads === 2) {
        cloud.api.faults.add({
          api: "fly",
          method: "GET",
          path: "/secrets$",
          when: "before",
          action: { status: 500, body },
          times: 5,
        });
      }
      return call(request);
    }) as typeof run.call,
  };
  const failure: unknown = await convergeAppSecrets(flaky, inputs, {}).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({
    name: "PartialError",
    id: "acme/secrets",
    properties: { ...inputs, digests: {} },
  });
  const state = (failure as PartialError).properties;
  const { outs } = await convergeAppSecrets(cloud.nextRun(), inputs, state);
  expect(outs["digests"]).toEqual({ A: expect.any(String) });
  expect(diffAppSecrets(outs, inputs)).toEqual({ changes: false });
});

test("delete unsets our secrets only and can be repeated", async () => {
  const cloud = await startWithApp();
  await setByHand(cloud, { STRANGER: "x" });
  const { outs } = await convergeAppSecrets(cloud.fly, cloud.inputs({ A: "1" }), {});
  await deleteAppSecrets(cloud.nextRun(), outs);
  await deleteAppSecrets(cloud.nextRun(), outs);
  expect(await names(cloud)).toEqual(["STRANGER"]);
});

test("an unknown value is a change; a bad name fails the check", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const olds = { app: "acme", appId: "1", values: { A: "1" }, digests: { A: "d" } };
  expect(diffAppSecrets(olds, { ...olds, values: { A: unknown } })).toEqual({ changes: true });
  expect(diffAppSecrets(olds, { ...olds, values: unknown })).toEqual({ changes: true });
  expect(checkAppSecrets({}, { values: unknown })).toEqual({ inputs: { values: unknown } });
  expect(checkAppSecrets({}, { values: { "A-B": "1" } }).failures).toMatchObject([
    { property: "values" },
  ]);
});
