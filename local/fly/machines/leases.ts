/** Leases: while one is held, every change of the Machine must carry its nonce. */
import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { FlyApiError } from "../wire/errors.ts";
import type { LeaseRecord, MachineRecord } from "../store/records.ts";

const OWNER = "local@tokens.fly.io";

/** Returns the lease that is held now; an expired one doesn't count. */
export function heldLease(machine: MachineRecord, nowMs: number): LeaseRecord | undefined {
  const { lease } = machine;
  return lease !== undefined && lease.expires_at_ms > nowMs ? lease : undefined;
}

export function nonceOf(c: Context): string | undefined {
  return c.req.header("fly-machine-lease-nonce") || undefined;
}

/** @throws FlyApiError (409) in Fly's words, when the call doesn't carry the nonce of the lease that is held */
export function assertLease(c: Context, machine: MachineRecord, nowMs: number): void {
  const lease = heldLease(machine, nowMs);
  if (lease === undefined || lease.nonce === nonceOf(c)) return;
  const until = new Date(lease.expires_at_ms).toISOString();
  throw new FlyApiError(
    409,
    `aborted: machine ID ${machine.id} lease currently held by ${lease.owner}, expires at ${until}`,
  );
}

/** Puts a lease of another client on the record, which is never released and only expires. */
export function leakLease(machine: MachineRecord, untilMs: number): void {
  machine.lease = {
    nonce: randomBytes(6).toString("hex"),
    owner: "someone-else@tokens.fly.io",
    description: "leaked",
    expires_at_ms: untilMs,
  };
}

/** Takes or renews the lease on the record. The caller has checked that no other client holds it, and saves the record. */
export function takeLease(
  machine: MachineRecord,
  nowMs: number,
  ttlSeconds: number,
  description = "",
): LeaseRecord {
  const held = heldLease(machine, nowMs);
  machine.lease = {
    nonce: held?.nonce ?? randomBytes(6).toString("hex"),
    owner: OWNER,
    description: description || held?.description || "",
    expires_at_ms: nowMs + ttlSeconds * 1000,
  };
  return machine.lease;
}
