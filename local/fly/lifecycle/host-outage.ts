/** Hosts that go away and come back: Fly's API shows what was last seen on them (docs: apps/trouble-host-unavailable). */
import type { MachineRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

export function loseHost(
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

/** The host is back; true when the Machine has to be brought to what its record now says. */
export function returnHost(store: FlyStore, machine: MachineRecord): boolean {
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
    attachAgain(store, machine);
  }
  return true;
}

/** Nobody else can have mounted it: its host was away too. */
function attachAgain(store: FlyStore, machine: MachineRecord): void {
  const volume = store.volumes.get(machine.config.mounts?.[0]?.volume ?? "");
  if (volume === undefined || volume.state === "pending_destroy") return;
  if (volume.attached_machine_id !== null) return;
  volume.attached_machine_id = machine.id;
  store.volumes.put(volume.id, volume);
}
