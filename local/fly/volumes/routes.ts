/** Volumes: https://fly.io/docs/machines/api/volumes-resource */
import type { Context } from "hono";
import { z } from "zod";
import { pickRegion } from "../../machines/regions.ts";
import { failedPrecondition, invalidArgument, notFound } from "../wire/errors.ts";
import { assertVolumeHost } from "./host-outage.ts";
import { prefixedId } from "../wire/ids.ts";
import type { AppRecord, SnapshotRecord, VolumeRecord } from "../store/records.ts";
import { appOf, flag, param, readBody } from "../request/read.ts";
import { GET_LIMIT } from "../request/limits.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";
import { volumeState } from "./state.ts";
import { snapshotViews, volumeSummary, volumeView } from "./view.ts";
import { pickZone } from "./zones.ts";

const retention = z.int().min(1).max(60);
const createSchema = z.looseObject({
  name: z.string().regex(/^[a-z0-9_]{1,30}$/, "only lower case letters, digits and underscores"),
  region: z.string().optional(),
  size_gb: z.int().min(1).max(500).optional(),
  encrypted: z.boolean().optional(),
  fstype: z.enum(["ext4", "raw"]).optional(),
  require_unique_zone: z.boolean().optional(),
  unique_zone_app_wide: z.boolean().optional(),
  snapshot_id: z.string().optional(),
  source_volume_id: z.string().optional(),
  snapshot_retention: retention.optional(),
  auto_backup_enabled: z.boolean().optional(),
});
type CreateBody = z.infer<typeof createSchema>;

const updateSchema = z.strictObject({
  snapshot_retention: retention.optional(),
  auto_backup_enabled: z.boolean().optional(),
});
const extendSchema = z.looseObject({ size_gb: z.int().max(500) });

/** A fork can be mounted while its data is copied; a volume that is being restored can't. */
const HYDRATES_MS = 2_000;
const RESTORES_MS = 1_000;

interface Origin {
  /** Id of the volume or snapshot whose data is copied. */
  readonly data: string;
  readonly size_gb: number;
  readonly region: string | undefined;
  readonly state: "hydrating" | "restoring";
  readonly ms: number;
}

export function volumeRoutes(on: Register, context: FlyContext): void {
  const { store, clock, runner } = context;
  const path = "/v1/apps/:app/volumes";
  const one = `${path}/:volume`;

  function volumeOf(c: Context): VolumeRecord {
    const volume = store.volumes.get(param(c, "volume"));
    if (volume?.app !== appOf(context, c).name) throw notFound("volume");
    if (volumeState(volume, clock.now()) === undefined) throw notFound("volume");
    return volume;
  }

  /** As `volumeOf`, for calls that a deleted volume, or one on an unreachable host, doesn't take. */
  function usableVolumeOf(c: Context): VolumeRecord {
    const volume = volumeOf(c);
    if (volume.state === "pending_destroy") {
      throw failedPrecondition(`volume ${volume.id} is pending_destroy`);
    }
    assertVolumeHost(volume, clock.now());
    return volume;
  }

  function save(volume: VolumeRecord): object {
    store.volumes.put(volume.id, volume);
    return volumeView(volume, clock.now());
  }

  on("GET", path, { action: "list volumes", by: "app" }, (c) => {
    const { name } = appOf(context, c);
    const now = clock.now();
    const volumes = store.volumes
      .all()
      .filter((volume) => volume.app === name && volumeState(volume, now) !== undefined);
    const view = flag(c, "summary") ? volumeSummary : volumeView;
    return c.json(volumes.map((volume) => view(volume, now)));
  });

  // Names aren't unique and creating isn't idempotent: a repeated create makes a second volume.
  on("POST", path, { action: "create volume", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const body = await readBody(c, createSchema);
    const origin = originOf(context, app, body);
    const volume = makeVolume(context, app, body, origin);
    if (origin !== undefined) await runner.copyVolume(origin.data, volume.id);
    return c.json(save(volume));
  });

  on("GET", one, { action: "get volume", by: "volume", rate: GET_LIMIT }, (c) =>
    c.json(volumeView(volumeOf(c), clock.now())),
  );

  on("PUT", one, { action: "update volume", by: "volume" }, async (c) => {
    const volume = usableVolumeOf(c);
    const body = await readBody(c, updateSchema);
    volume.snapshot_retention = body.snapshot_retention ?? volume.snapshot_retention;
    volume.auto_backup_enabled = body.auto_backup_enabled ?? volume.auto_backup_enabled;
    return c.json(save(volume));
  });

  on("PUT", `${one}/extend`, { action: "extend volume", by: "volume" }, async (c) => {
    const volume = usableVolumeOf(c);
    const { size_gb } = await readBody(c, extendSchema);
    if (size_gb <= volume.size_gb) {
      throw invalidArgument(
        `size_gb must be above the present ${volume.size_gb}: volumes only grow`,
      );
    }
    volume.size_gb = size_gb;
    return c.json({ volume: save(volume), needs_restart: false });
  });

  // A soft delete: reads show the volume for another day, and its snapshots stay usable. Here its own data is deleted at once.
  on("DELETE", one, { action: "delete volume", by: "volume" }, async (c) => {
    const volume = volumeOf(c);
    assertVolumeHost(volume, clock.now());
    if (volume.attached_machine_id !== null) {
      throw failedPrecondition(`volume is attached to machine ${volume.attached_machine_id}`);
    }
    volume.state = "pending_destroy";
    volume.deleted_at_ms ??= clock.now();
    const view = save(volume);
    await runner.removeVolume(volume.id);
    return c.json(view);
  });

  on("GET", `${one}/snapshots`, { action: "list snapshots", by: "volume" }, (c) =>
    c.json(snapshotViews(volumeOf(c), clock.now())),
  );

  on("POST", `${one}/snapshots`, { action: "create snapshot", by: "volume" }, async (c) => {
    const volume = usableVolumeOf(c);
    const snapshot: SnapshotRecord = {
      id: prefixedId("vs_"),
      created_at: new Date(clock.now()).toISOString(),
      size_gb: volume.size_gb,
      retention_days: volume.snapshot_retention,
    };
    await runner.copyVolume(volume.id, snapshot.id);
    volume.snapshots = [snapshot, ...volume.snapshots];
    save(volume);
    return c.json({ Msg: { backup: { state: "prepare", graph_id: snapshot.id } } });
  });
}

/** Returns where a new volume's data comes from: a snapshot of one of the app's volumes (deleted ones too), another volume, or nowhere. */
function originOf({ store }: FlyContext, app: AppRecord, body: CreateBody): Origin | undefined {
  const own = store.volumes.all().filter((volume) => volume.app === app.name);
  if (body.snapshot_id) {
    const snapshot = own
      .flatMap(({ snapshots }) => snapshots)
      .find(({ id }) => id === body.snapshot_id);
    if (snapshot === undefined) throw notFound(`snapshot ${body.snapshot_id}`);
    const { id: data, size_gb } = snapshot;
    return { data, size_gb, region: undefined, state: "restoring", ms: RESTORES_MS };
  }
  if (body.source_volume_id) {
    const source = own.find(({ id }) => id === body.source_volume_id);
    if (source === undefined || source.state === "pending_destroy") {
      throw notFound(`volume ${body.source_volume_id}`);
    }
    const { id: data, size_gb, region } = source;
    return { data, size_gb, region, state: "hydrating", ms: HYDRATES_MS };
  }
  return undefined;
}

function makeVolume(
  { store, clock }: FlyContext,
  app: AppRecord,
  body: CreateBody,
  origin: Origin | undefined,
): VolumeRecord {
  const region = pickRegion(body.region ?? origin?.region);
  if (region === undefined) throw invalidArgument(`region ${body.region} not found`);
  const size = body.size_gb ?? origin?.size_gb ?? 3;
  if (origin !== undefined && size < origin.size_gb) {
    throw invalidArgument(`size_gb must be at least the ${origin.size_gb} of where it comes from`);
  }
  const others = store.volumes
    .all()
    .filter(
      (other) =>
        other.app === app.name &&
        other.state !== "pending_destroy" &&
        (body.unique_zone_app_wide === true || other.name === body.name),
    );
  const now = clock.now();
  return {
    id: prefixedId("vol_"),
    app: app.name,
    name: body.name,
    region,
    zone: pickZone(region, body.require_unique_zone === false ? [] : others),
    created_at: new Date(now).toISOString(),
    encrypted: body.encrypted ?? true,
    fstype: body.fstype ?? "ext4",
    state: origin?.state ?? "created",
    ...(origin && { settled_at_ms: now + origin.ms }),
    size_gb: size,
    snapshot_retention: body.snapshot_retention ?? 5,
    auto_backup_enabled: body.auto_backup_enabled ?? true,
    attached_machine_id: null,
    snapshots: [],
  };
}
