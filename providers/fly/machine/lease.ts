/**
 * A short lease around a write, so that nobody else (flyctl, another run) changes the Machine at the same time. It is
 * renewed during the write and always released: a leaked lease blocks everybody until it expires.
 */
import { sleep } from "../../../lib/clock.ts";
import { anyResponse } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { explain, FlyError } from "../api/errors.ts";
import { leaseWire } from "../api/wire.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** As in flyctl. After its holder was killed, the Machine is free again when the lease has expired. */
const ttlSeconds = 13;
const renewEveryMs = 4_000;
/** Longer than a lease of ours whose holder was killed. */
const leasedForMs = 90_000;

type LeaseHeaders = Readonly<Record<string, string>>;

/**
 * Runs `write` with the headers that carry the lease.
 *
 * @throws {FlyError} when somebody else holds a lease for longer than 90 s
 */
export async function withLease<T>(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  write: (headers: LeaseHeaders) => Promise<T>,
): Promise<T> {
  const nonce = await acquire(fly, inputs, machineId);
  const headers = { "fly-machine-lease-nonce": nonce };
  const stopRenewing = keepRenewing(fly, inputs, machineId, headers);
  try {
    return await write(headers);
  } finally {
    await stopRenewing();
    await release(fly, inputs, machineId, headers);
  }
}

/** Repeats a write that somebody else's lease refuses, until the lease of a dead holder must have expired. */
export async function retryWhileLeased<T>(fly: Fly, write: () => Promise<T>): Promise<T> {
  const deadline = fly.clock.now() + leasedForMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isHeld(error)) throw error;
      if (fly.clock.now() >= deadline) throw heldTooLong(error);
      await sleep(fly.clock, 1_000);
    }
  }
}

async function acquire(fly: Fly, inputs: MachineInputs, machineId: string): Promise<string> {
  const deadline = fly.clock.now() + leasedForMs;
  for (;;) {
    try {
      const lease = await fly.call({
        ...leaseCall(inputs, machineId),
        what: `lease Machine ${inputs.name}`,
        method: "POST",
        json: { ttl: ttlSeconds, description: "flotilla update" },
        response: leaseWire,
      });
      return lease.data.nonce;
    } catch (error) {
      // After a lost response the lease may be ours with an unknown nonce: it expires.
      if (!(isHeld(error) || (error instanceof FlyError && error.retryable))) throw error;
      if (fly.clock.now() >= deadline) throw heldTooLong(error);
      await sleep(fly.clock, 1_000);
    }
  }
}

/** Returns a function that stops the renewals and waits for the current one, which could revive a released lease. */
function keepRenewing(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  headers: LeaseHeaders,
): () => Promise<void> {
  let cancel = (): void => {};
  let renewal: Promise<void> = Promise.resolve();
  let isStopped = false;
  function scheduleRenewal(): void {
    if (isStopped) return;
    cancel = fly.clock.after(renewEveryMs, () => {
      renewal = renew(fly, inputs, machineId, headers).then(scheduleRenewal);
    });
  }
  scheduleRenewal();
  return () => {
    isStopped = true;
    cancel();
    return renewal;
  };
}

/** Ignores a failure, as the next renewal follows. If the lease has expired, Fly refuses the write or it is unprotected. */
async function renew(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  headers: LeaseHeaders,
): Promise<void> {
  await ignoringFlyErrors(
    fly.call({
      ...leaseCall(inputs, machineId),
      what: `renew the lease of Machine ${inputs.name}`,
      method: "POST",
      headers,
      json: { ttl: ttlSeconds, description: "flotilla update" },
      response: anyResponse,
    }),
  );
}

/** Ignores a failure, since the lease expires soon and the result of the write matters more. */
async function release(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  headers: LeaseHeaders,
): Promise<void> {
  await ignoringFlyErrors(
    fly.call({
      ...leaseCall(inputs, machineId),
      what: `end the lease of Machine ${inputs.name}`,
      method: "DELETE",
      headers,
      response: anyResponse,
    }),
  );
}

async function ignoringFlyErrors(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof FlyError)) throw error;
  }
}

function leaseCall(inputs: MachineInputs, machineId: string): ReturnType<typeof machineCall> {
  return machineCall(inputs, machineId, "lease");
}

function isHeld(error: unknown): error is FlyError {
  return error instanceof FlyError && error.status === 409 && /lease/i.test(error.details.detail);
}

function heldTooLong(error: FlyError): FlyError {
  return explain(error, { tried: `waiting ${leasedForMs / 1_000} s for it` });
}
