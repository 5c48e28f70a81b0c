import { describe, test } from "vitest";
import { createTestApi, type TestApi } from "./api.ts";

const volumes = "/v1/apps/acme/volumes";

async function withVolume(): Promise<{ api: TestApi; id: string }> {
  const api = createTestApi();
  await api.makeApp();
  const made = await api.call("POST", volumes, { name: "iad_0_data", region: "iad", size_gb: 1 });
  return { api, id: made.str("id") };
}

describe("a volume", () => {
  test("has Fly's defaults and a name that isn't unique", async ({ expect }) => {
    const { api } = await withVolume();
    const second = await api.call("POST", volumes, { name: "iad_0_data", region: "iad" });
    expect(second.json).toMatchObject({
      state: "created",
      size_gb: 3,
      encrypted: true,
      snapshot_retention: 5,
      auto_backup_enabled: true,
      attached_machine_id: null,
      host_status: "ok",
    });
    expect((await api.call("GET", volumes)).json).toHaveLength(2);
  });

  test("belongs to one Machine while that Machine lives", async ({ expect }) => {
    const { api, id } = await withVolume();
    const config = { image: "x", mounts: [{ volume: id, path: "/flotilla/data" }] };
    const machine = await api.makeMachine({ config });
    expect((await api.call("GET", `${volumes}/${id}`)).at("attached_machine_id")).toBe(machine);
    const create = { name: "iad-1", region: "iad", config };
    expect((await api.call("POST", "/v1/apps/acme/machines", create)).status).toBe(412);
    expect((await api.call("DELETE", `${volumes}/${id}`)).status).toBe(412);
    await api.call("DELETE", `/v1/apps/acme/machines/${machine}?force=true`);
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${volumes}/${id}`)).at("attached_machine_id")).toBeNull();
  });

  test("can't be mounted elsewhere, swapped, or mounted when it isn't there", async ({
    expect,
  }) => {
    const { api, id } = await withVolume();
    const mounts = (volume: string): object => ({
      config: { image: "x", mounts: [{ volume, path: "/flotilla/data" }] },
    });
    const path = "/v1/apps/acme/machines";
    const abroad = await api.call("POST", path, { name: "fra-0", region: "fra", ...mounts(id) });
    expect([abroad.status, abroad.at("error")]).toEqual([
      400,
      expect.stringContaining("region iad"),
    ]);
    const missing = await api.call("POST", path, { name: "a", region: "iad", ...mounts("vol_no") });
    expect(missing.status).toBe(404);
    const machine = await api.makeMachine(mounts(id));
    const other = (await api.call("POST", volumes, { name: "other", region: "iad" })).at("id");
    const swap = await api.call("POST", `${path}/${machine}`, mounts(other as string));
    expect([swap.status, swap.at("error")]).toEqual([400, expect.stringContaining("swapped")]);
    expect((await api.call("GET", path)).json).toHaveLength(1);
  });

  test("only grows, and only some of it can be changed", async ({ expect }) => {
    const { api, id } = await withVolume();
    const extended = await api.call("PUT", `${volumes}/${id}/extend`, { size_gb: 2 });
    expect(extended.json).toMatchObject({ volume: { size_gb: 2 }, needs_restart: false });
    expect((await api.call("PUT", `${volumes}/${id}/extend`, { size_gb: 1 })).status).toBe(400);
    const changed = await api.call("PUT", `${volumes}/${id}`, { snapshot_retention: 7 });
    expect(changed.at("snapshot_retention")).toBe(7);
    expect((await api.call("PUT", `${volumes}/${id}`, { name: "no" })).status).toBe(400);
    expect((await api.call("PUT", `${volumes}/${id}`, { snapshot_retention: 61 })).status).toBe(
      400,
    );
  });

  test("is deleted softly, and can't be mounted any more", async ({ expect }) => {
    const { api, id } = await withVolume();
    expect((await api.call("DELETE", `${volumes}/${id}`)).at("state")).toBe("pending_destroy");
    expect((await api.call("GET", volumes)).json).toMatchObject([{ state: "pending_destroy" }]);
    const answer = await api.call("POST", "/v1/apps/acme/machines", {
      region: "iad",
      config: { image: "x", mounts: [{ volume: id, path: "/flotilla/data" }] },
    });
    expect(answer.status).toBe(404);
  });

  test("notes its snapshots", async ({ expect }) => {
    const { api, id } = await withVolume();
    const made = await api.call("POST", `${volumes}/${id}/snapshots`);
    const snapshot = made.at("Msg", "backup", "graph_id");
    expect(snapshot).toMatch(/^vs_/);
    expect((await api.call("GET", `${volumes}/${id}/snapshots`)).json).toMatchObject([
      { id: snapshot, volume_size: 1024 ** 3, retention_days: 5, status: "created" },
    ]);
  });

  test.for(["Data", "a-b", ""])("can't be called %j", async (name, { expect }) => {
    const api = createTestApi();
    await api.makeApp();
    expect((await api.call("POST", volumes, { name, region: "iad" })).status).toBe(400);
  });
});
