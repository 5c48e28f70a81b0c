/**
 * A short lease around a write, so that nobody else (flyctl, another run) changes the Machine at the same time. It is
 * renewed while the write goes on and given back in any case: a leaked one blocks everybody until it ends.
 */
import { sleep } from "../../../lib/clock.ts";
import { anyResponse } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { explain, FlyError } from "../api/errors.ts";
import { leaseWire } from "../api/wire.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** As flyctl has it: after a killed process the Machine is free again this soon. */
const ttlSeconds = 13;
const renewEveryMs = 4_000;
/** Longer than our own lease, whose holder may have been killed. */
const patienceMs = 90_000;

type LeaseHeaders = Readonly<Record<string, string>>;

/** Runs `write` with the headers that carry the lease. Throws `FlyError` when another holds one for too long. */
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

/** Repeats a write that another's lease refuses, until that lease must have ended if its holder is dead. */
export async function retryWhileLeased<T>(fly: Fly, write: () => Promise<T>): Promise<T> {
  const deadline = fly.clock.now() + patienceMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isHeld(error)) throw error;
      if (fly.clock.now() >= deadline) throw tooLong(error);
      await sleep(fly.clock, 1_000);
    }
  }
}

async function acquire(fly: Fly, inputs: MachineInputs, machineId: string): Promise<string> {
  const deadline = fly.clock.now() + patienceMs;
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
      // After a lost answer the lease may be ours, with a nonce that nobody knows: it ends by itself.
      if (!(isHeld(error) || (error instanceof FlyError && error.retryable))) throw error;
      if (fly.clock.now() >= deadline) throw tooLong(error);
      await sleep(fly.clock, 1_000);
    }
  }
}

/** Returns what ends it; resolves when no renewal is on its way any more, which would revive a lease given back. */
function keepRenewing(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  headers: LeaseHeaders,
): () => Promise<void> {
  let cancel = (): void => {};
  let renewal: Promise<void> = Promise.resolve();
  let isOver = false;
  function plan(): void {
    if (isOver) return;
    cancel = fly.clock.after(renewEveryMs, () => {
      renewal = renew(fly, inputs, machineId, headers).then(plan);
    });
  }
  plan();
  return () => {
    isOver = true;
    cancel();
    return renewal;
  };
}

/** One that fails is left to the next: should the lease have ended, the write itself is refused or goes unprotected. */
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

/** When it fails the lease ends by itself soon, and what the write had to say matters more. */
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

function tooLong(error: FlyError): FlyError {
  return explain(error, { tried: `waiting ${patienceMs / 1_000} s for it` });
}
