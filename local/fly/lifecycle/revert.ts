/** An update that doesn't hold: the Machine goes back to the version before, although the update was answered with 200. */
import type { Clock } from "../../../lib/clock.ts";
import type { MachineRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";
import { attachMounts } from "../volumes/mounts.ts";

/** Remembers what the Machine is now, before the update changes it; the next `revert` goes back to that. */
export function planRevert(machine: MachineRecord): void {
  const { config, instance_id, versions } = machine;
  machine.reverts_to = { config, instance_id, versions };
}

/** Goes back to the remembered version, if there is one and the Machine isn't to be destroyed. */
export function revert(
  ports: { readonly store: FlyStore; readonly clock: Clock },
  machine: MachineRecord,
): void {
  const before = machine.reverts_to;
  if (before === undefined) return;
  machine.reverts_to = undefined;
  if (machine.desired === "destroyed") return;
  attachMounts(ports, machine, before.config);
  Object.assign(machine, before);
  ports.store.machines.put(machine.id, machine);
}
