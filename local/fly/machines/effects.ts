/** Fly's bad days: what the API itself does wrong when a fault with an effect strikes its route. */
import type { Context } from "hono";
import type { Effect } from "../../faults/presets.ts";
import { assertHost } from "../lifecycle/host-outage.ts";
import { heldLease, leakLease } from "./leases.ts";
import type { FlyContext } from "../request/request.ts";

const MINUTE_MS = 60_000;

/** How long the effect lasts, in milliseconds, when it strikes this call; counted as a hit of its rule. */
export function struck(
  { faults }: FlyContext,
  c: Context,
  effect: Effect,
  defaultMs = 0,
): number | undefined {
  const { method, path } = c.req;
  const hit = faults.strikeEffect({ api: "fly", method, path }, effect);
  return hit && (hit.ms ?? defaultMs);
}

/**
 * What can befall the Machine of the path before anything is done to it. Throws a FlyApiError for a write to a host
 * that is away, except for a forced delete, which Fly takes out of its books at once.
 */
export function strikeMachine(context: FlyContext, c: Context): void {
  const machine = context.store.machines.get(c.req.param("id") ?? "");
  if (machine === undefined || machine.state === "destroyed") return;
  if (heldLease(machine, context.clock.now()) === undefined) {
    const ms = struck(context, c, "lease-leaked", MINUTE_MS);
    if (ms !== undefined) {
      leakLease(machine, context.clock.now() + ms);
      context.store.machines.put(machine.id, machine);
    }
  }
  if (machine.host_away === undefined) {
    const ms = struck(context, c, "host-unreachable", MINUTE_MS);
    const oldMs = ms === undefined ? struck(context, c, "host-returns-old", MINUTE_MS) : undefined;
    const lostMs = ms ?? oldMs;
    if (lostMs !== undefined) {
      context.machines.loseHost(machine, { ms: lostMs, returnsOld: oldMs !== undefined });
    }
  }
  const { method } = c.req;
  const forced =
    method === "DELETE" &&
    c.req.routePath.endsWith("/:id") &&
    ["true", "1", ""].some((on) => on === c.req.query("force") || on === c.req.query("kill"));
  if (method !== "GET" && !forced) assertHost(machine);
}
