import { describe, test } from "vitest";
import { createTestApi } from "../api.ts";

describe("the platform", () => {
  test("has Fly's 18 regions, and places everywhere", async ({ expect }) => {
    const api = createTestApi();
    const regions = await api.call("GET", "/v1/platform/regions");
    expect(regions.at("regions")).toHaveLength(18);
    expect(regions.at("regions", 0)).toMatchObject({ code: "ams", geo_region: "europe" });
    const body = { org_slug: "personal", region: "iad,fra", count: 3 };
    const placements = await api.call("POST", "/v1/platform/placements", body);
    expect(placements.json).toEqual({
      regions: [
        { region: "fra", count: 3, concurrency: 50 },
        { region: "iad", count: 3, concurrency: 50 },
      ],
    });
  });

  test("shows the organization of the token", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    expect((await api.call("GET", "/v1/tokens/current")).at("tokens", 0)).toMatchObject({
      org_slug: "personal",
    });
  });
});
