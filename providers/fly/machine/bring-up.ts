/** Brings a Machine whose configuration is right into the desired state: started and healthy, or stopped and cordoned. */
import type { Fly } from "../api/client.ts";
import { observeMachine } from "../api/observe.ts";
import type { MachineWire } from "../api/wire.ts";
import { killMachine, restartMachine, setCordoned, startMachine, stopMachine } from "./actions.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { cordonInOrder } from "./cordon-in-order.ts";
import { isStuck } from "./observed-machine.ts";
import { switchSlots } from "./slot-switch.ts";
import { assertVersion, waitForChecks, waitForState, waitVisible } from "./wait.ts";

export interface WrittenMachine {
  readonly machine: MachineWire;
  /** The write boots the Machine, or a boot is in progress. */
  readonly isBooting: boolean;
  /** The configuration of an existing Machine was written. */
  readonly isConfigured: boolean;
}

/** States of a Machine that is started or being started. */
const startingStates = ["started", "starting", "restarting", "replacing", "updating"];
/** States in which nothing runs. */
export const stoppedStates = ["stopped", "suspended", "created", "failed"];
/** States of a Machine that stops without a further request. */
const stoppingStates = ["stopping", "suspending", "replacing", "updating"];

/**
 * Starts the Machine, waits until its checks pass, and switches its slots.
 *
 * @throws {FlyError} with code `not_started`, `failed`, `unhealthy` or `not_switched`
 */
export async function startAndWaitHealthy(
  fly: Fly,
  inputs: MachineInputs,
  { machine, isBooting }: WrittenMachine,
): Promise<MachineWire> {
  if (isStuck(machine, fly.clock.now())) await restartMachine(fly, inputs, machine.id);
  else if (!isBooting && !startingStates.includes(machine.state)) {
    if (machine.state === "stopping") await waitForState(fly, inputs, machine, "stopped");
    await startMachine(fly, inputs, machine.id);
  }
  const started = await waitForState(fly, inputs, machine, "started");
  // Uncordoning early is safe: failing checks keep visitors away too, and Fly may not check a cordoned Machine's services.
  if (started.cordoned === true) await setCordoned(fly, inputs, machine.id, false);
  const steadySeconds = isBooting ? (inputs.minHealthySeconds ?? 0) : 0;
  return switchSlots(fly, inputs, await waitForChecks(fly, inputs, started, steadySeconds));
}

/**
 * Cordons and stops the Machine and waits until it can be read.
 *
 * @throws {FlyError} with code `not_stopped` or `reverted`
 */
export async function settleStopped(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  await cordonAndStop(fly, inputs, machine);
  return assertVersion(inputs, machine, await waitVisible(fly, inputs, machine));
}

/** Cordons the Machine, so that visitors go elsewhere, then lets it drain and stop as its `stop_config` says. */
export async function cordonAndStop(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<void> {
  const live = await rereadMachine(fly, inputs, machine);
  if (live.cordoned !== true)
    await cordonInOrder(fly, inputs, () => setCordoned(fly, inputs, machine.id, true));
  if (stoppedStates.includes(live.state)) return;
  if (isStuck(live, fly.clock.now())) await killMachine(fly, inputs, machine.id);
  else if (!stoppingStates.includes(live.state)) await stopMachine(fly, inputs, machine.id);
  await waitForState(fly, inputs, machine, "stopped");
}

/** Reads the Machine again. Returns `machine` itself if a new Machine can't be read yet. */
export async function rereadMachine(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  return (await observeMachine(fly, inputs.app, machine.id)) ?? machine;
}
