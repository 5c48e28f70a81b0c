/** Destroys a Machine after cordoning and draining it. Its volume stays. */
import { anyResponse } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { FlyError, isNotFound } from "../api/errors.ts";
import type { MachineWire } from "../api/wire.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { retryWhileLeased } from "./lease.ts";
import { isReachable } from "./observed-machine.ts";
import { rereadMachine, cordonAndStop } from "./bring-up.ts";
import { unreachableError } from "./unreachable-error.ts";
import { snapshotMounts } from "./update.ts";
import { waitDestroyed } from "./wait.ts";

/**
 * Destroys a Machine in any state and waits until its name and volume are free.
 *
 * @throws {FlyError} with code `host_unreachable` if Fly can't reach its server
 */
export async function destroyMachine(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<void> {
  const machineId = machine.id;
  await drain(fly, inputs, machine);
  // The server may have become unreachable while the Machine drained: see `unreachableError`.
  const drained = await rereadMachine(fly, inputs, machine);
  if (!isReachable(drained)) throw unreachableError("destroy", inputs, drained);
  await snapshotMounts(fly, inputs, machine);
  try {
    await retryWhileLeased(fly, () =>
      fly.call({
        ...machineCall(inputs, machineId),
        what: `destroy Machine ${inputs.name}`,
        method: "DELETE",
        // The API description names `force`, fly-go sends `kill`.
        query: { force: true, kill: true },
        response: anyResponse,
      }),
    );
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  await waitDestroyed(fly, inputs, machineId);
}

/** Cordons and stops the Machine. Failures are ignored: the destroy kills it anyway, and reports trouble with the API. */
async function drain(fly: Fly, inputs: MachineInputs, machine: MachineWire): Promise<void> {
  try {
    await cordonAndStop(fly, inputs, machine);
  } catch (error) {
    if (!(error instanceof FlyError)) throw error;
  }
}
