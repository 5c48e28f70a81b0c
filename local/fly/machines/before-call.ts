/** What can happen to a Machine as a call about it arrives: a leaked lease, a host that can't be reached. */
import type { Context } from "hono";
import { applyFault } from "../../faults/apply-fault.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { FlyContext } from "../request/context.ts";
import { flag, param } from "../request/read.ts";
import type { MachineRecord } from "../store/records.ts";
import { FlyApiError } from "../wire/errors.ts";
import { heldLease, leakLease } from "./leases.ts";

/**
 * To be run before every call; does nothing for calls about no Machine. A forced delete passes even when the host can't be
 * reached, as Fly then forgets the Machine at once.
 *
 * @throws FlyApiError (408) for any other write to a Machine whose host can't be reached
 */
export function beforeMachineCall(context: FlyContext, lifecycle: Lifecycle, c: Context): void {
  const { store, clock, faults } = context;
  const machine = store.machines.get(param(c, "id"));
  if (machine === undefined || machine.state === "destroyed") return;
  const { leaseHeldMs, hostOutage } = applyFault(faults, c, "call", {
    isLeased: heldLease(machine, clock.now()) !== undefined,
    isHostUnreachable: machine.host_away !== undefined,
  });
  if (leaseHeldMs !== undefined) {
    leakLease(machine, clock.now() + leaseHeldMs);
    store.machines.put(machine.id, machine);
  }
  if (hostOutage !== undefined) lifecycle.startHostOutage(machine, hostOutage);
  if (c.req.method !== "GET" && !isForcedDelete(c)) assertHost(machine);
}

function isForcedDelete(c: Context): boolean {
  if (c.req.method !== "DELETE" || !c.req.routePath.endsWith("/:id")) return false;
  return flag(c, "force") || flag(c, "kill");
}

/** Fly's 408: the call ran into its deadline, and nothing was done. */
function assertHost(machine: MachineRecord): void {
  if (machine.host_away === undefined) return;
  throw new FlyApiError(
    408,
    `deadline_exceeded: the host of machine ${machine.id} is unreachable: context deadline exceeded`,
  );
}
