/** `fly.fetch`: the API without a port, with the errors of the global `fetch`. */
import { expect, onTestFinished, test } from "vitest";
import { bearer } from "../../../fixtures/bearer.ts";
import { startFlyApi, type FlyApi } from "../../../local/fly/server.ts";

async function start(): Promise<FlyApi> {
  const fly = await startFlyApi({ listen: false, limits: false, lagMs: 0 });
  onTestFinished(() => fly.close());
  return fly;
}

function post(fly: FlyApi, init: RequestInit = {}): Promise<Response> {
  return fly.fetch(`${fly.url}/v1/apps`, {
    method: "POST",
    headers: bearer(fly.token),
    body: JSON.stringify({ name: "acme", org_slug: "personal" }),
    ...init,
  });
}

test("answers, and no port is open", async () => {
  const fly = await start();
  expect((await post(fly)).status).toBe(201);
  await expect(fetch(fly.url)).rejects.toThrow("fetch failed");
});

test("a reset rejects with what the global fetch rejects with", async () => {
  const fly = await start();
  fly.faults.add({ preset: "reset-after", times: 1 });
  const failure = await post(fly).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TypeError);
  expect((failure as TypeError).cause).toMatchObject({ code: "ECONNRESET" });
  expect(fly.store.apps.get("acme")).toBeDefined();
});

test("an aborted call rejects with its reason, and what was held is never done", async () => {
  const fly = await start();
  fly.faults.add({ method: "POST", path: "/apps$", when: "before", action: "hold" });
  const controller = new AbortController();
  const held = post(fly, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(held).rejects.toThrow("enough");
  fly.faults.clear();
  expect(fly.store.apps.get("acme")).toBeUndefined();
});
