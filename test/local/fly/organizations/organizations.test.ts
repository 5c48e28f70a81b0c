/** What concerns more than one app: organizations' lists, deploy tokens, capacity of regions. */
import { describe, expect, test } from "vitest";
import { createTestApi, type TestApi } from "../api.ts";

async function setUp(): Promise<TestApi> {
  const api = createTestApi();
  await api.makeApp();
  await api.call("POST", "/v1/apps", { name: "other", org_slug: "personal" });
  await api.call("POST", "/v1/apps", { name: "foreign", org_slug: "elsewhere" });
  return api;
}

describe("an organization's lists", () => {
  test("hold the Machines of its apps, page by page", async () => {
    const api = await setUp();
    const config = { image: "x" };
    for (const app of ["acme", "other", "foreign"]) {
      await api.call("POST", `/v1/apps/${app}/machines`, { name: "a", region: "iad", config });
    }
    await api.clock.advance(2_000);
    const first = await api.call("GET", "/v1/orgs/personal/machines?limit=1");
    const cursor = first.str("next_cursor");
    expect(first.at("last_machine_id")).toBe(cursor);
    const second = await api.call("GET", `/v1/orgs/personal/machines?limit=1&cursor=${cursor}`);
    expect(second.at("next_cursor")).toBe("");
    const apps = [first.str("machines", 0, "app_name"), second.str("machines", 0, "app_name")];
    expect(apps.toSorted()).toEqual(["acme", "other"]);
    const later = new Date(api.clock.now()).toISOString();
    const none = await api.call("GET", `/v1/orgs/personal/machines?updated_after=${later}`);
    expect(none.at("machines")).toEqual([]);
    expect((await api.call("GET", "/v1/orgs/personal/machines?limit=0")).status).toBe(400);
  });

  test("hold the volumes of its apps", async () => {
    const api = await setUp();
    await api.call("POST", "/v1/apps/acme/volumes", { name: "a", region: "iad" });
    await api.call("POST", "/v1/apps/foreign/volumes", { name: "b", region: "iad" });
    const { json } = await api.call("GET", "/v1/orgs/personal/volumes");
    expect(json).toMatchObject({ volumes: [{ name: "a", app_name: "acme" }], next_cursor: "" });
  });
});

describe("a deploy token", () => {
  async function tokenOf(api: TestApi, expiry = "1h"): Promise<Record<string, string>> {
    const made = await api.call("POST", "/v1/apps/acme/deploy_token", { expiry });
    return { authorization: made.str("token") };
  }

  test("may do everything with its app, and nothing else", async () => {
    const api = await setUp();
    const headers = await tokenOf(api);
    const body = { name: "iad-0", config: { image: "x" } };
    expect((await api.call("POST", "/v1/apps/acme/machines", body, headers)).status).toBe(200);
    expect((await api.call("GET", "/v1/platform/regions", undefined, headers)).status).toBe(200);
    for (const [method, path] of [
      ["GET", "/v1/apps/other"],
      ["GET", "/v1/apps/other/machines"],
      ["GET", "/v1/apps?org_slug=personal"],
      ["POST", "/v1/apps"],
      ["GET", "/v1/orgs/personal/machines"],
    ] as const) {
      const refused = await api.call(method, path, method === "POST" ? {} : undefined, headers);
      expect([path, refused.status]).toEqual([path, 403]);
    }
    const current = await api.call("GET", "/v1/tokens/current", undefined, headers);
    expect(current.at("tokens")).toMatchObject([{ org_slug: "personal", apps: ["acme"] }]);
  });

  test("ends with its time or its app, and wants a body", async () => {
    const api = await setUp();
    const headers = await tokenOf(api);
    await api.clock.advance(3_600_000);
    expect((await api.call("GET", "/v1/apps/acme", undefined, headers)).status).toBe(401);
    const other = await tokenOf(api);
    await api.call("DELETE", "/v1/apps/acme");
    expect((await api.call("GET", "/v1/tokens/current", undefined, other)).status).toBe(401);
    const empty = await api.call("POST", "/v1/apps/other/deploy_token");
    expect([empty.status, empty.json]).toEqual([400, { error: "EOF" }]);
  });
});

test("a region has less room with every Machine", async () => {
  const api = await setUp();
  await api.makeMachine();
  const body = { org_slug: "personal", region: "iad" };
  expect((await api.call("POST", "/v1/platform/placements", body)).json).toEqual({
    regions: [{ region: "iad", count: 49, concurrency: 49 }],
  });
});
