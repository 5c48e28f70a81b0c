/** Leases: a nonce that whoever changes a Machine must show while one is held. */
import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { FlyApiError } from "../wire/errors.ts";
import type { LeaseRecord, MachineRecord } from "../store/records.ts";

const OWNER = "local@tokens.fly.io";

/** The lease that is held now; an expired one counts for nothing. */
export function heldLease(machine: MachineRecord, nowMs: number): LeaseRecord | undefined {
  const { lease } = machine;
  return lease !== undefined && lease.expires_at_ms > nowMs ? lease : undefined;
}

export function nonceOf(c: Context): string | undefined {
  return c.req.header("fly-machine-lease-nonce") || undefined;
}

/** Throws a FlyApiError 409 in Fly's words when someone else holds the Machine. */
export function assertLease(c: Context, machine: MachineRecord, nowMs: number): void {
  const lease = heldLease(machine, nowMs);
  if (lease === undefined || lease.nonce === nonceOf(c)) return;
  const until = new Date(lease.expires_at_ms).toISOString();
  throw new FlyApiError(
    409,
    `aborted: machine ID ${machine.id} lease currently held by ${lease.owner}, expires at ${until}`,
  );
}

/** A lease of someone who won't release it. */
export function leakLease(machine: MachineRecord, untilMs: number): void {
  machine.lease = {
    nonce: randomBytes(6).toString("hex"),
    owner: "someone-else@tokens.fly.io",
    description: "leaked",
    expires_at_ms: untilMs,
  };
}

/** Takes or refreshes the lease on the record; the caller has checked that nobody else holds it and writes it. */
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
