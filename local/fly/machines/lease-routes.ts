/** Leases of a Machine. The envelope's `status: "success"` matters: flyctl rejects any other. */
import { z } from "zod";
import { FlyApiError, invalidArgument } from "../wire/errors.ts";
import { assertLease, heldLease, nonceOf, takeLease } from "./leases.ts";
import { leaseView } from "./view.ts";
import { liveMachineOf } from "./find.ts";
import { readBody } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const leaseSchema = z.looseObject({
  /** Seconds. */
  ttl: z.number().positive().optional(),
  description: z.string().optional(),
});

const DEFAULT_TTL_SECONDS = 30;

export function leaseRoutes(on: Register, context: FlyContext): void {
  const { store, clock } = context;
  const path = "/v1/apps/:app/machines/:id/lease";

  on("POST", path, { action: "take lease", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const body = await readBody(c, leaseSchema, { optional: true });
    const ttl = body.ttl ?? Number(c.req.query("ttl") ?? DEFAULT_TTL_SECONDS);
    if (!(ttl > 0)) throw invalidArgument("ttl must be a positive number of seconds");
    assertLease(c, machine, clock.now());
    const lease = takeLease(machine, clock.now(), ttl, body.description);
    store.machines.put(machine.id, machine);
    const data = leaseView(lease, machine.instance_id, { nonce: true });
    return c.json({ status: "success", data }, 201);
  });

  on("GET", path, { action: "get lease", by: "id" }, (c) => {
    const machine = liveMachineOf(context, c);
    const lease = heldLease(machine, clock.now());
    if (lease === undefined) throw new FlyApiError(404, "lease not found");
    const data = leaseView(lease, machine.instance_id, { nonce: false });
    return c.json({ status: "success", data });
  });

  on("DELETE", path, { action: "release lease", by: "id" }, (c) => {
    const machine = liveMachineOf(context, c);
    if (nonceOf(c) === undefined) throw invalidArgument("fly-machine-lease-nonce is required");
    if (heldLease(machine, clock.now()) === undefined) {
      throw new FlyApiError(404, "lease not found");
    }
    assertLease(c, machine, clock.now());
    machine.lease = undefined;
    store.machines.put(machine.id, machine);
    return c.json({ status: "success", data: { ok: true } });
  });
}
