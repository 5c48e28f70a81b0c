import { describe, test } from "vitest";
import { createTestApi, type Answer, type TestApi } from "../api.ts";

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
    const path = `${volumes}/${id}/snapshots`;
    expect((await api.call("GET", path)).at(0, "status")).toBe("waiting");
    await api.clock.advance(300);
    expect((await api.call("GET", path)).at(0, "status")).toBe("running");
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${volumes}/${id}/snapshots`)).json).toMatchObject([
      { id: snapshot, volume_size: 1024 ** 3, retention_days: 5, status: "created" },
    ]);
  });

  test("is seen for a day after its deletion, and takes nothing any more", async ({ expect }) => {
    const { api, id } = await withVolume();
    await api.call("DELETE", `${volumes}/${id}`);
    expect((await api.call("PUT", `${volumes}/${id}/extend`, { size_gb: 9 })).status).toBe(412);
    expect((await api.call("POST", `${volumes}/${id}/snapshots`)).status).toBe(412);
    await api.clock.advance(23 * 3600_000);
    expect((await api.call("GET", `${volumes}/${id}`)).at("state")).toBe("pending_destroy");
    await api.clock.advance(3600_000);
    expect((await api.call("GET", `${volumes}/${id}`)).status).toBe(404);
    expect((await api.call("GET", volumes)).json).toEqual([]);
  });

  test("is in another zone than the volumes of the same name in the region, unless `require_unique_zone` is false", async ({
    expect,
  }) => {
    const { api, id } = await withVolume();
    const body = { name: "iad_0_data", region: "iad" };
    const zone = (await api.call("GET", `${volumes}/${id}`)).at("zone");
    const second = (await api.call("POST", volumes, body)).at("zone");
    expect(second).not.toBe(zone);
    const other = { ...body, name: "other" };
    expect((await api.call("POST", volumes, other)).at("zone")).toBe(zone);
    const wide = { ...body, name: "third", unique_zone_app_wide: true };
    expect([zone, second]).not.toContain((await api.call("POST", volumes, wide)).at("zone"));
    const same = { ...body, require_unique_zone: false };
    expect((await api.call("POST", volumes, same)).at("zone")).toBe(zone);
  });

  test("finds no host when each zone has one", async ({ expect }) => {
    const { api } = await withVolume();
    const body = { name: "iad_0_data", region: "iad" };
    const made: Answer[] = [];
    for (let n = 0; n < 16; n += 1) made.push(await api.call("POST", volumes, body));
    const refused = made.filter(({ status }) => status !== 200);
    expect(refused.map(({ json }) => json)).toEqual([
      { error: "could not find a candidate host", status: "insufficient_capacity" },
    ]);
  });

  test("is forked with its data, mountable at once; restored from a snapshot, a little later", async ({
    expect,
  }) => {
    const { api, id } = await withVolume();
    const mount = (volume: unknown) => ({
      image: "x",
      mounts: [{ volume: volume as string, path: "/flotilla/data" }],
    });
    const machine = await api.makeMachine({ config: mount(id) });
    const write = { command: ["tee", "/flotilla/data/note"], stdin: "kept" };
    await api.call("POST", `/v1/apps/acme/machines/${machine}/exec`, write);
    const snapshot = (await api.call("POST", `${volumes}/${id}/snapshots`)).str(
      "Msg",
      "backup",
      "graph_id",
    );
    await api.call("POST", `/v1/apps/acme/machines/${machine}/exec`, { ...write, stdin: "newer" });

    async function noteOf(volume: string, name: string): Promise<unknown> {
      const reader = await api.makeMachine({ name, config: mount(volume) });
      const path = `/v1/apps/acme/machines/${reader}/exec`;
      return (await api.call("POST", path, { command: ["cat", "/flotilla/data/note"] })).at(
        "stdout",
      );
    }
    const fork = await api.call("POST", volumes, { name: "iad_1_data", source_volume_id: id });
    expect(fork.json).toMatchObject({ state: "hydrating", size_gb: 1, region: "iad" });
    expect(await noteOf(fork.str("id"), "iad-1")).toBe("newer");
    await api.clock.advance(2_000);
    expect((await api.call("GET", `${volumes}/${fork.str("id")}`)).at("state")).toBe("created");

    const body = { name: "iad_2_data", region: "iad", snapshot_id: snapshot };
    const restored = await api.call("POST", volumes, body);
    expect(restored.at("state")).toBe("restoring");
    const early = await api.call("POST", "/v1/apps/acme/machines", {
      name: "iad-2",
      region: "iad",
      config: mount(restored.at("id")),
    });
    expect(early.status).toBe(404);
    await api.clock.advance(1_000);
    expect(await noteOf(restored.str("id"), "iad-2")).toBe("kept");

    expect((await api.call("POST", volumes, { ...body, snapshot_id: "vs_no" })).status).toBe(404);
    const gone = { name: "a", region: "iad", source_volume_id: "vol_no" };
    expect((await api.call("POST", volumes, gone)).status).toBe(404);
    await api.call("PUT", `${volumes}/${id}/extend`, { size_gb: 5 });
    const small = { name: "a", region: "iad", source_volume_id: id, size_gb: 4 };
    expect((await api.call("POST", volumes, small)).status).toBe(400);
  });

  test.for(["Data", "a-b", ""])("can't be called %j", async (name, { expect }) => {
    const api = createTestApi();
    await api.makeApp();
    expect((await api.call("POST", volumes, { name, region: "iad" })).status).toBe(400);
  });
});
