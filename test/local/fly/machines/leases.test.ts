import { describe, test } from "vitest";
import { createTestApi, type TestApi } from "../api.ts";

async function leased(): Promise<{ api: TestApi; path: string; nonce: string }> {
  const api = createTestApi();
  await api.makeApp();
  const path = `/v1/apps/acme/machines/${await api.makeMachine()}`;
  const made = await api.call("POST", `${path}/lease?ttl=13`);
  return { api, path, nonce: made.str("data", "nonce") };
}

describe("a lease", () => {
  test("comes in flyctl's envelope, with the instance as version and seconds as expiry", async ({
    expect,
  }) => {
    const { api, path } = await leased();
    const held = await api.call("GET", `${path}/lease`);
    const machine = await api.call("GET", path);
    expect(held.json).toEqual({
      status: "success",
      data: {
        expires_at: Math.floor(api.clock.now() / 1000) + 13,
        owner: "local@tokens.fly.io",
        description: "",
        version: machine.at("instance_id"),
      },
    });
  });

  test("keeps everyone without its nonce out of what changes the Machine", async ({ expect }) => {
    const { api, path, nonce } = await leased();
    const config = { image: "x" };
    for (const [method, what, body] of [
      ["POST", "", { config }],
      ["POST", "/stop", undefined],
      ["POST", "/start", undefined],
      ["POST", "/restart", undefined],
      ["POST", "/cordon", undefined],
      ["POST", "/lease", undefined],
      ["DELETE", "", undefined],
    ] as const) {
      const answer = await api.call(method, path + what, body);
      expect(answer.status, what).toBe(409);
      expect(answer.at("error")).toMatch(
        /^aborted: machine ID \w+ lease currently held by local@tokens\.fly\.io, expires at 2026/,
      );
    }
    const header = { "fly-machine-lease-nonce": nonce };
    expect((await api.call("POST", path, { config }, header)).status).toBe(200);
    expect((await api.call("PATCH", `${path}/metadata`, { metadata: { a: "1" } })).status).toBe(
      204,
    );
  });

  test("is refreshed with its nonce, and ends by itself", async ({ expect }) => {
    const { api, path, nonce } = await leased();
    await api.clock.advance(12_000);
    const refreshed = await api.call(
      "POST",
      `${path}/lease`,
      { ttl: 13 },
      { "fly-machine-lease-nonce": nonce },
    );
    expect([refreshed.status, refreshed.at("data", "nonce")]).toEqual([201, nonce]);
    await api.clock.advance(12_999);
    expect((await api.call("POST", `${path}/stop`)).status).toBe(409);
    await api.clock.advance(1);
    expect((await api.call("POST", `${path}/stop`)).status).toBe(200);
    const late = await api.call("DELETE", `${path}/lease`, undefined, {
      "fly-machine-lease-nonce": nonce,
    });
    expect([late.status, late.json]).toEqual([404, { error: "lease not found" }]);
  });

  test("is released by its holder alone", async ({ expect }) => {
    const { api, path, nonce } = await leased();
    expect((await api.call("DELETE", `${path}/lease`)).status).toBe(400);
    const foreign = { "fly-machine-lease-nonce": "other" };
    expect((await api.call("DELETE", `${path}/lease`, undefined, foreign)).status).toBe(409);
    const released = await api.call("DELETE", `${path}/lease`, undefined, {
      "fly-machine-lease-nonce": nonce,
    });
    expect(released.json).toEqual({ status: "success", data: { ok: true } });
    expect((await api.call("GET", `${path}/lease`)).status).toBe(404);
  });

  test("can come with the Machine", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const body = { name: "iad-0", region: "iad", lease_ttl: 30, config: { image: "x" } };
    const made = await api.call("POST", "/v1/apps/acme/machines", body);
    expect(made.at("nonce")).toMatch(/^[0-9a-f]{12}$/);
    expect((await api.call("POST", `/v1/apps/acme/machines/${made.str("id")}/stop`)).status).toBe(
      409,
    );
  });
});
