/**
 * A short lease around a write, so that nobody else (flyctl, another run) changes the Machine at the same time. It
 * is given back in any case: a leaked one blocks everybody until it ends.
 */
import { anyAnswer } from "../client.ts";
import type { Fly } from "../client.ts";
import { explain, FlyError } from "../errors.ts";
import { leaseWire } from "../wire.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./inputs.ts";

const ttlSeconds = 30;
/** Longer than our own lease, whose holder may have been killed. */
const patienceMs = 90_000;

/** Runs `write` with the headers that carry the lease. Throws `FlyError` when another holds one for too long. */
export async function withLease<T>(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  write: (headers: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const nonce = await acquire(fly, inputs, machineId);
  const headers = { "fly-machine-lease-nonce": nonce };
  try {
    return await write(headers);
  } finally {
    await release(fly, inputs, machineId, headers);
  }
}

async function acquire(fly: Fly, inputs: MachineInputs, machineId: string): Promise<string> {
  const deadline = fly.clock.now() + patienceMs;
  for (;;) {
    try {
      const lease = await fly.call({
        ...machineCall(inputs, machineId, "lease"),
        what: `lease Machine ${inputs.name}`,
        method: "POST",
        json: { ttl: ttlSeconds, description: "flotilla update" },
        answer: leaseWire,
      });
      return lease.data.nonce;
    } catch (error) {
      const isHeld = error instanceof FlyError && error.status === 409;
      // After a lost answer the lease may be ours, with a nonce that nobody knows: it ends by itself.
      if (!(isHeld || (error instanceof FlyError && error.retryable))) throw error;
      if (fly.clock.now() >= deadline)
        throw explain(error, { tried: `waiting ${patienceMs / 1000} s for it` });
      await fly.clock.sleep(1_000);
    }
  }
}

async function release(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    await fly.call({
      ...machineCall(inputs, machineId, "lease"),
      what: `end the lease of Machine ${inputs.name}`,
      method: "DELETE",
      headers,
      answer: anyAnswer,
    });
  } catch (error) {
    // It ends by itself soon, and what the write had to say matters more.
    if (!(error instanceof FlyError)) throw error;
  }
}
