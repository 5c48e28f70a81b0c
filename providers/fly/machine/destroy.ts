/** Destroying a Machine as gently as it allows: out of the load balancer, drained, then gone. Its volume stays. */
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

/** Whatever state it is in, but for one that Fly can't reach; waits until its name and volume are free. */
export async function destroyMachine(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<void> {
  const machineId = machine.id;
  await drain(fly, inputs, machine);
  // Draining takes a while, in which its server may have gone: see `unreachableError`.
  const drained = await rereadMachine(fly, inputs, machine);
  if (!isReachable(drained)) throw unreachableError("destroy", inputs, drained);
  await snapshotMounts(fly, inputs, machine);
  try {
    await retryWhileLeased(fly, () =>
      fly.call({
        ...machineCall(inputs, machineId),
        what: `destroy Machine ${inputs.name}`,
        method: "DELETE",
        // The API's description says `force`, fly-go sends `kill`.
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

/** A destroy kills. One that can't be stopped is killed all the same, and trouble with the API shows at the destroy. */
async function drain(fly: Fly, inputs: MachineInputs, machine: MachineWire): Promise<void> {
  try {
    await cordonAndStop(fly, inputs, machine);
  } catch (error) {
    if (!(error instanceof FlyError)) throw error;
  }
}
