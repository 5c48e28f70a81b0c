/** Finds the Machine that a call is about. */
import type { Context } from "hono";
import type { FlyContext } from "../request/context.ts";
import { appOf, param } from "../request/read.ts";
import type { MachineRecord } from "../store/records.ts";
import { notFound } from "../wire/errors.ts";

/**
 * Returns the Machine of the path, a destroyed one too. Reads don't see a Machine that was created a moment ago.
 *
 * @throws FlyApiError (404)
 */
export function machineOf(context: FlyContext, c: Context): MachineRecord {
  const app = appOf(context, c);
  const machine = context.store.machines.get(param(c, "id"));
  if (machine === undefined || machine.app !== app.name) throw notFound("machine");
  if (c.req.method === "GET" && !isVisible(context, machine)) throw notFound("machine");
  return machine;
}

/**
 * As `machineOf`, for calls that a destroyed Machine doesn't take.
 *
 * @throws FlyApiError (404)
 */
export function liveMachineOf(context: FlyContext, c: Context): MachineRecord {
  const machine = machineOf(context, c);
  if (machine.state === "destroyed") throw notFound("machine");
  return machine;
}

/** Returns whether reads see the Machine yet. */
export function isVisible({ clock }: FlyContext, machine: MachineRecord): boolean {
  return machine.visible_at_ms <= clock.now();
}
