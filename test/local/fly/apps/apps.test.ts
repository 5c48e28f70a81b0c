import { describe, test } from "vitest";
import { createTestApi } from "../api.ts";

describe("apps", () => {
  test("are created once, under either name of the field, and are global", async ({ expect }) => {
    const api = createTestApi();
    const made = await api.call("POST", "/v1/apps?wait=true", {
      name: "acme",
      org_slug: "personal",
      network: "",
      app_role_id: null,
    });
    expect(made.status).toBe(201);
    expect(made.at("organization")).toMatchObject({ slug: "personal" });
    expect(Number.isInteger(made.at("created_at"))).toBe(true);
    const again = await api.call("POST", "/v1/apps", { app_name: "acme", org_slug: "other" });
    expect(again.status).toBe(422);
    expect(again.json).toMatchObject({ status: "name_taken" });
  });

  test("answer the first app to a repeated idempotency key, and refuse it for another name", async ({
    expect,
  }) => {
    const api = createTestApi();
    const body = { name: "acme", org_slug: "personal", idempotency_key: "k1" };
    const first = await api.call("POST", "/v1/apps", body);
    const second = await api.call("POST", "/v1/apps", body);
    expect(second.status).toBe(201);
    expect(second.at("id")).toBe(first.at("id"));
    expect((await api.call("POST", "/v1/apps", { ...body, name: "other" })).status).toBe(422);
  });

  test("aren't seen by reads at once", async ({ expect }) => {
    const api = createTestApi({ lagMs: 150 });
    await api.call("POST", "/v1/apps", { name: "acme", org_slug: "personal" });
    expect((await api.call("GET", "/v1/apps/acme")).status).toBe(404);
    await api.clock.advance(150);
    expect((await api.call("GET", "/v1/apps/acme")).status).toBe(200);
    expect((await api.call("GET", "/v1/apps?org_slug=personal")).json).toMatchObject({
      total_apps: 1,
    });
  });

  test.for([
    [{ name: "acme" }, "org_slug"],
    [{ name: "No Good", org_slug: "personal" }, "name"],
    [{ name: "a".repeat(64), org_slug: "personal" }, "name"],
  ] as const)("refuse %j", async ([body, word], { expect }) => {
    const answer = await createTestApi().call("POST", "/v1/apps", body);
    expect(answer.status).toBe(400);
    expect(answer.at("error")).toContain(word);
  });

  test("take Machines, volumes, secrets and addresses with them", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    await api.makeMachine();
    await api.call("POST", "/v1/apps/acme/volumes", { name: "data", region: "iad" });
    await api.call("POST", "/v1/apps/acme/secrets", { values: { A: "b" } });
    await api.call("POST", "/v1/apps/acme/ip_assignments", { type: "v6" });
    expect((await api.call("DELETE", "/v1/apps/acme")).status).toBe(202);
    await api.clock.advance(1_000);
    await api.makeApp();
    const lists = await Promise.all(
      ["machines", "volumes", "secrets", "ip_assignments"].map((kind) =>
        api.call("GET", `/v1/apps/acme/${kind}`),
      ),
    );
    expect(lists.map(({ json }) => json)).toEqual([[], [], { secrets: [] }, { ips: [] }]);
  });
});

describe("the door", () => {
  test("tells a wrong token from a malformed one, and names every request", async ({ expect }) => {
    const api = createTestApi();
    const wrong = await api.call("GET", "/v1/apps/acme", undefined, { authorization: "Bearer no" });
    expect([wrong.status, wrong.json]).toEqual([
      401,
      { error: "Authenticate: token validation error" },
    ]);
    const malformed = await api.call("GET", "/v1/apps/acme", undefined, { authorization: "no" });
    expect([malformed.status, malformed.json]).toEqual([
      401,
      { error: "malformed authorization header" },
    ]);
    expect(wrong.headers.get("fly-request-id")).toMatch(/^[0-9A-Z]{26}-local$/);
  });

  test("answers unknown routes in plain text before it looks at the token", async ({ expect }) => {
    const api = createTestApi();
    for (const [method, path] of [
      ["GET", "/v1/nope"],
      ["PATCH", "/v1/apps/acme"],
    ] as const) {
      const answer = await api.call(method, path, undefined, { authorization: "" });
      expect([answer.status, answer.text]).toEqual([404, "404 page not found\n"]);
      expect(answer.headers.get("content-type")).toContain("text/plain");
    }
  });

  test("says EOF for a body that is missing", async ({ expect }) => {
    const answer = await createTestApi().call("POST", "/v1/apps");
    expect([answer.status, answer.json]).toEqual([400, { error: "EOF" }]);
  });
});
