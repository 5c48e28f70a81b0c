/** The volumes that Pulumi retains, listed for people, and the deletion of one on request. */
import { appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import { sharedFly } from "./shared-client.ts";
import { FlyError } from "./api/errors.ts";
import { invalidate, observeMachines, observeVolumes } from "./api/observe.ts";
import { volumeWire } from "./api/wire.ts";

export interface VolumeStatus {
  /** Fly's `vol_…`. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly sizeGb: number;
  readonly state: string;
  /** Name of the Machine it is attached to; its Fly id when that Machine can't be seen. */
  readonly attachedTo?: string;
  /** RFC 3339. */
  readonly createdAt?: string;
}

/**
 * Returns the app's volumes, sorted by name.
 *
 * @throws {FlyError} also if the app doesn't exist
 */
export async function listVolumes(
  app: string,
  fly: Fly = sharedFly(),
): Promise<readonly VolumeStatus[]> {
  invalidate(fly, app);
  const [volumes, machines] = await Promise.all([
    observeVolumes(fly, app),
    observeMachines(fly, app),
  ]);
  return volumes
    .map((volume): VolumeStatus => {
      const holder = volume.attached_machine_id || undefined;
      const attachedTo = machines.find((machine) => machine.id === holder)?.name ?? holder;
      return {
        id: volume.id,
        name: volume.name,
        region: volume.region,
        sizeGb: volume.size_gb,
        state: volume.state,
        ...(attachedTo === undefined ? {} : { attachedTo }),
        ...(volume.created_at ? { createdAt: volume.created_at } : {}),
      };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

/**
 * Deletes one unattached volume, by its id or by a name that only one volume has. Returns the deleted volume.
 *
 * @throws {FlyError} with code `no_such_volume`, `several_volumes` or `volume_attached`
 */
export async function pruneVolume(
  app: string,
  idOrName: string,
  fly: Fly = sharedFly(),
): Promise<VolumeStatus> {
  const what = `delete volume ${idOrName} of app ${app}`;
  const all = await listVolumes(app, fly);
  const matches = all.filter((volume) => volume.id === idOrName || volume.name === idOrName);
  const [volume, other] = matches;
  if (volume === undefined) {
    throw new FlyError({
      what,
      status: 404,
      code: "no_such_volume",
      detail:
        all.length === 0
          ? "the app has no volumes"
          : `it has only ${all.map((v) => `${v.name} (${v.id})`).join(", ")}`,
      hint: "`flotilla volumes list` shows them.",
    });
  }
  if (other !== undefined) {
    throw new FlyError({
      what,
      status: 409,
      code: "several_volumes",
      detail: `several have that name: ${matches.map((v) => `${v.id} (${v.sizeGb} GB, created ${v.createdAt ?? "?"})`).join(", ")}`,
      hint: "Name the one to delete by its id.",
    });
  }
  if (volume.attachedTo !== undefined) {
    throw new FlyError({
      what,
      status: 409,
      code: "volume_attached",
      detail: `it is attached to Machine ${volume.attachedTo}`,
      region: volume.region,
      hint: "Destroy that Machine first: take the host out of the spec and run `pulumi up`, or `pulumi destroy` its stack.",
    });
  }
  await fly.call({
    what,
    method: "DELETE",
    path: appPath(app, "volumes", volume.id),
    response: volumeWire.nullish(),
    region: volume.region,
  });
  return volume;
}
