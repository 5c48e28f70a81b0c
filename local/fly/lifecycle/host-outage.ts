/** Outages of hosts: meanwhile Fly's API shows what was last seen on them (docs: apps/trouble-host-unavailable). */
import type { MachineRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

/** Marks the Machine and its volume as on an unreachable host until then (milliseconds since 1970). */
export function beginOutage(
  store: FlyStore,
  machine: MachineRecord,
  { until, returnsOld }: { until: number; returnsOld: boolean },
): void {
  machine.host_away = { until_ms: until, returns_old: returnsOld, desired: machine.desired };
  store.machines.put(machine.id, machine);
  for (const volume of store.volumes.all()) {
    if (volume.attached_machine_id !== machine.id) continue;
    volume.host_away_until_ms = until;
    store.volumes.put(volume.id, volume);
  }
}

/** Ends the outage on the record. Returns whether the Machine has to be settled, because the record asks for something else now. */
export function endOutage(store: FlyStore, machine: MachineRecord): boolean {
  const { host_away: away } = machine;
  machine.host_away = undefined;
  const wasDestroyed = machine.state === "destroyed";
  const appIsGone = store.apps.get(machine.app) === undefined;
  if (away?.returns_old !== true || appIsGone) return wasDestroyed;
  const [now, before] = machine.versions;
  const old = before ?? now;
  if (old !== undefined) {
    machine.config = old.user_config;
    machine.instance_id = old.version;
    machine.versions = machine.versions.slice(before === undefined ? 0 : 1);
  }
  machine.desired = away.desired;
  if (wasDestroyed) {
    machine.state = "starting";
    reattachVolume(store, machine);
  }
  return true;
}

/** No other Machine can have mounted the volume meanwhile: its host was unreachable too. */
function reattachVolume(store: FlyStore, machine: MachineRecord): void {
  const volume = store.volumes.get(machine.config.mounts?.[0]?.volume ?? "");
  if (volume === undefined || volume.state === "pending_destroy") return;
  if (volume.attached_machine_id !== null) return;
  volume.attached_machine_id = machine.id;
  store.volumes.put(volume.id, volume);
}
