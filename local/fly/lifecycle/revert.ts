/** An update that doesn't hold: the Machine is back on the version it had, though the update was answered with 200. */
import { attachMounts } from "../volumes/mounts.ts";
import type { MachineRecord } from "../store/records.ts";
import type { FlyContext } from "../request/request.ts";

/** Notes what the Machine is now, before the update changes it. */
export function willRevert(machine: MachineRecord): void {
  const { config, instance_id, versions } = machine;
  machine.reverts_to = { config, instance_id, versions };
}

export function revert(ports: Pick<FlyContext, "store" | "clock">, machine: MachineRecord): void {
  const before = machine.reverts_to;
  if (before === undefined) return;
  machine.reverts_to = undefined;
  if (machine.desired === "destroyed") return;
  attachMounts(ports, machine, before.config);
  Object.assign(machine, before);
  ports.store.machines.put(machine.id, machine);
}
