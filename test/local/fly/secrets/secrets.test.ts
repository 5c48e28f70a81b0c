import { describe, test } from "vitest";
import { createTestApi } from "../api.ts";

const secrets = "/v1/apps/acme/secrets";

describe("app secrets", () => {
  test("are set and unset in bulk, under one version", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const first = await api.call("POST", secrets, { values: { A: "1", B: "2" } });
    const second = await api.call("POST", secrets, { values: { A: null, C: "3" } });
    expect([first.at("version"), second.at("version")]).toEqual([1, 2]);
    expect(second.at("secrets")).toMatchObject([{ name: "B" }, { name: "C" }]);
  });

  test("show a digest, and the value when asked to", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const made = await api.call("POST", `${secrets}/A`, { value: "hush" });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ name: "A", version: 1, Version: 1 });
    expect(made.text).not.toContain("hush");
    const listed = await api.call("GET", secrets);
    expect(listed.text).not.toContain("hush");
    expect((await api.call("GET", `${secrets}?show_secrets=true`)).at("secrets")).toMatchObject([
      { name: "A", value: "hush" },
    ]);
    const same = await api.call("POST", `${secrets}/B`, { value: "hush" });
    expect(same.at("digest")).toBe(made.at("digest"));
    const other = await api.call("POST", `${secrets}/B`, { value: "hush!" });
    expect(other.at("digest")).not.toBe(made.at("digest"));
  });

  test("reach a Machine at its next start, and win over its environment", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine({ config: { image: "x", env: { A: "env", B: "env" } } });
    await api.call("POST", secrets, { values: { A: "secret" } });
    const path = `/v1/apps/acme/machines/${id}`;
    const env = async (): Promise<unknown> =>
      (await api.call("POST", `${path}/exec`, { command: ["env"] })).at("stdout");
    expect(await env()).toBe("A=env\nB=env\n");
    await api.call("POST", `${path}/restart`);
    await api.clock.advance(1_000);
    expect(await env()).toBe("A=secret\nB=env\n");
  });

  test("have versions that a Machine may insist on, up to the present one", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const made = await api.call("POST", secrets, { values: { A: "1" } });
    const version = made.at("version") as number;
    const body = (min: number): object => ({
      region: "iad",
      config: { image: "x" },
      min_secrets_version: min,
    });
    expect((await api.call("POST", "/v1/apps/acme/machines", body(version))).status).toBe(200);
    expect((await api.call("POST", "/v1/apps/acme/machines", body(version + 1))).status).toBe(400);
  });

  test("are refused under an impossible name, and missing when they are", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    expect((await api.call("POST", secrets, { values: { "A-B": "1" } })).status).toBe(400);
    expect((await api.call("GET", `${secrets}/NO`)).status).toBe(404);
    expect((await api.call("DELETE", `${secrets}/NO`)).status).toBe(404);
  });
});

describe("addresses", () => {
  test("are as many as were asked for, but one shared", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const path = "/v1/apps/acme/ip_assignments";
    for (const type of ["shared_v4", "shared_v4", "v6", "v6"])
      await api.call("POST", path, { type });
    const made = await api.call("GET", path);
    const ips = made.at("ips") as { ip: string; shared: boolean }[];
    expect(ips.map(({ ip, shared }) => [ip.includes(":"), shared])).toEqual([
      [false, true],
      [true, false],
      [true, false],
    ]);
    expect(
      (await api.call("DELETE", `${path}/${encodeURIComponent(ips[1]?.ip ?? "")}`)).status,
    ).toBe(204);
    expect((await api.call("GET", path)).at("ips")).toHaveLength(2);
    expect((await api.call("POST", path, { type: "v5" })).status).toBe(400);
  });
});
