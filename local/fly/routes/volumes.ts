/** Volumes: https://fly.io/docs/machines/api/volumes-resource */
import type { Context } from "hono";
import { z } from "zod";
import { pickRegion } from "../../machines/regions.ts";
import { failedPrecondition, FlyApiError, invalidArgument, notFound } from "../errors.ts";
import { prefixedId } from "../ids.ts";
import type { VolumeRecord } from "../records.ts";
import { appOf, GET_LIMIT, param, readBody, type FlyContext, type Register } from "../request.ts";

const retention = z.int().min(1).max(60);
const createSchema = z.looseObject({
  name: z.string().regex(/^[a-z0-9_]{1,30}$/, "only lower case letters, digits and underscores"),
  region: z.string().optional(),
  size_gb: z.int().min(1).max(500).optional(),
  encrypted: z.boolean().optional(),
  fstype: z.enum(["ext4", "raw"]).optional(),
  snapshot_retention: retention.optional(),
  auto_backup_enabled: z.boolean().optional(),
});
const updateSchema = z.strictObject({
  snapshot_retention: retention.optional(),
  auto_backup_enabled: z.boolean().optional(),
});
const extendSchema = z.looseObject({ size_gb: z.int().max(500) });

export function volumeRoutes(on: Register, context: FlyContext): void {
  const { store, clock, runner } = context;
  const path = "/v1/apps/:app/volumes";
  const one = `${path}/:volume`;

  function volumeOf(c: Context): VolumeRecord {
    const volume = store.volumes.get(param(c, "volume"));
    if (volume?.app !== appOf(context, c).name) throw notFound("volume");
    return volume;
  }

  function save(volume: VolumeRecord): object {
    store.volumes.put(volume.id, volume);
    return volumeView(volume);
  }

  on("GET", path, { action: "list volumes", by: "app" }, (c) => {
    const { name } = appOf(context, c);
    const volumes = store.volumes.all().filter(({ app }) => app === name);
    return c.json(volumes.map(volumeView));
  });

  // Names aren't unique, and nothing makes a repeated create the same one.
  on("POST", path, { action: "create volume", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const body = await readBody(c, createSchema);
    const region = pickRegion(body.region);
    if (region === undefined) throw invalidArgument(`region ${body.region} not found`);
    return c.json(
      save({
        id: prefixedId("vol_"),
        app: app.name,
        name: body.name,
        region,
        created_at: new Date(clock.now()).toISOString(),
        encrypted: body.encrypted ?? true,
        fstype: body.fstype ?? "ext4",
        state: "created",
        size_gb: body.size_gb ?? 3,
        snapshot_retention: body.snapshot_retention ?? 5,
        auto_backup_enabled: body.auto_backup_enabled ?? true,
        attached_machine_id: null,
        snapshots: [],
      }),
    );
  });

  on("GET", one, { action: "get volume", by: "volume", rate: GET_LIMIT }, (c) =>
    c.json(volumeView(volumeOf(c))),
  );

  on("PUT", one, { action: "update volume", by: "volume" }, async (c) => {
    const volume = volumeOf(c);
    const body = await readBody(c, updateSchema);
    volume.snapshot_retention = body.snapshot_retention ?? volume.snapshot_retention;
    volume.auto_backup_enabled = body.auto_backup_enabled ?? volume.auto_backup_enabled;
    return c.json(save(volume));
  });

  on("PUT", `${one}/extend`, { action: "extend volume", by: "volume" }, async (c) => {
    const volume = volumeOf(c);
    const { size_gb } = await readBody(c, extendSchema);
    if (size_gb <= volume.size_gb) {
      throw invalidArgument(
        `size_gb must be above the present ${volume.size_gb}: volumes only grow`,
      );
    }
    volume.size_gb = size_gb;
    return c.json({ volume: save(volume), needs_restart: false });
  });

  // Soft: Fly keeps the volume in `pending_destroy` for a day. Its data goes at once here.
  on("DELETE", one, { action: "delete volume", by: "volume" }, async (c) => {
    const volume = volumeOf(c);
    if (volume.attached_machine_id !== null) {
      throw failedPrecondition(`volume is attached to machine ${volume.attached_machine_id}`);
    }
    volume.state = "pending_destroy";
    const view = save(volume);
    await runner.removeVolume(volume.id);
    return c.json(view);
  });

  on("GET", `${one}/snapshots`, { action: "list snapshots", by: "volume" }, (c) =>
    c.json(
      volumeOf(c).snapshots.map(({ id, created_at, size_gb, retention_days }) => ({
        id,
        size: 0,
        volume_size: size_gb * 1024 ** 3,
        digest: "",
        created_at,
        status: "created",
        retention_days,
      })),
    ),
  );

  on("POST", `${one}/snapshots`, { action: "create snapshot", by: "volume" }, (c) => {
    const volume = volumeOf(c);
    if (volume.state !== "created") throw new FlyApiError(404, "not_found: volume not found");
    const id = prefixedId("vs_");
    const created_at = new Date(clock.now()).toISOString();
    const { size_gb, snapshot_retention: retention_days } = volume;
    volume.snapshots = [{ id, created_at, size_gb, retention_days }, ...volume.snapshots];
    save(volume);
    return c.json({ Msg: { backup: { state: "prepare", graph_id: id } } });
  });
}

function volumeView({ app: _app, snapshots: _snapshots, ...volume }: VolumeRecord): object {
  return {
    ...volume,
    zone: `${volume.region}-1`,
    attached_alloc_id: null,
    host_dedication_id: "",
    host_status: "ok",
    bytes_used: 0,
    bytes_total: volume.size_gb * 1024 ** 3,
    blocks: 0,
    block_size: 4096,
    blocks_free: 0,
    blocks_avail: 0,
  };
}
