import { describe, test } from "vitest";
import { createTestApi } from "./api.ts";

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

  test("tells whose token it is", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    expect((await api.call("GET", "/v1/tokens/current")).at("tokens", 0)).toMatchObject({
      org_slug: "personal",
    });
  });
});

describe("GraphQL", () => {
  test("answers an app under the alias that was asked for", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const query =
      "query GetAppCompact($name: String!) { appcompact: app(name: $name) { id name organization { slug } } }";
    const answer = await api.call("POST", "/graphql", { query, variables: { name: "acme" } });
    expect(answer.at("data", "appcompact")).toMatchObject({
      name: "acme",
      platformVersion: "machines",
      organization: { slug: "personal", internalNumericId: "1" },
    });
    expect(typeof answer.at("data", "appcompact", "internalNumericId")).toBe("number");
    const missing = await api.call("POST", "/graphql", { query, variables: { name: "no" } });
    expect(missing.str("errors", 0, "message")).toContain("Could not find App");
    const other = await api.call("POST", "/graphql", { query: "{ viewer { id } }" });
    expect(other.str("errors", 0, "message")).toContain("doesn't know");
  });
});
