/** Attaches volumes to Machines: a volume belongs to one Machine at a time, and a Machine has at most one volume. */
import type { Clock } from "../../../lib/clock.ts";
import type { EchoedConfig } from "../machine-config/schema.ts";
import { FlyApiError, invalidArgument } from "../wire/errors.ts";
import type { MachineRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";
import { volumeState } from "./state.ts";

/**
 * Attaches the volume that the new config mounts and detaches the one that it no longer mounts.
 *
 * @throws FlyApiError for a volume of another app, region or Machine, and for swapping one volume for another; then nothing changed
 */
export function attachMounts(
  { store, clock }: { readonly store: FlyStore; readonly clock: Clock },
  machine: Pick<MachineRecord, "id" | "app" | "region">,
  config: EchoedConfig,
): void {
  const wanted = config.mounts?.[0]?.volume;
  const held = store.volumes
    .all()
    .find(({ attached_machine_id }) => attached_machine_id === machine.id);
  if (wanted === held?.id) return;
  if (wanted !== undefined) {
    if (held !== undefined)
      throw invalidArgument(`volume ${held.id} can't be swapped for ${wanted}`);
    const volume = store.volumes.get(wanted);
    const state = volume && volumeState(volume, clock.now());
    const isMountable = state === "created" || state === "hydrating";
    if (volume === undefined || volume.app !== machine.app || !isMountable) {
      throw new FlyApiError(404, `not_found: volume ${wanted} not found`);
    }
    if (volume.region !== machine.region) {
      throw invalidArgument(
        `volume ${wanted} is in region ${volume.region}, not ${machine.region}`,
      );
    }
    if (volume.attached_machine_id !== null) {
      throw new FlyApiError(
        412,
        `failed_precondition: volume ${wanted} is attached to machine ${volume.attached_machine_id}`,
      );
    }
    volume.attached_machine_id = machine.id;
    store.volumes.put(volume.id, volume);
  }
  if (held !== undefined) {
    held.attached_machine_id = null;
    store.volumes.put(held.id, held);
  }
}

export function detachVolumes(store: FlyStore, machine: MachineRecord): void {
  for (const volume of store.volumes.all()) {
    if (volume.attached_machine_id !== machine.id) continue;
    volume.attached_machine_id = null;
    store.volumes.put(volume.id, volume);
  }
}
