/** Bringing a Machine whose configuration is right to where it should be: up and healthy, or at rest. */
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
  /** Did this write boot it, or let it boot? */
  readonly isBooting: boolean;
  /** Was the configuration of a Machine that existed written? */
  readonly isConfigured: boolean;
}

/** On their way up, or up. */
const startingStates = ["started", "starting", "restarting", "replacing", "updating"];
/** Nothing runs. */
export const stoppedStates = ["stopped", "suspended", "created", "failed"];
/** On their way to rest, with nothing to be asked. */
const stoppingStates = ["stopping", "suspending", "replacing", "updating"];

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
  // Failing checks keep visitors away as well, and Fly may not check a cordoned Machine's services.
  if (started.cordoned === true) await setCordoned(fly, inputs, machine.id, false);
  const steadySeconds = isBooting ? (inputs.minHealthySeconds ?? 0) : 0;
  return switchSlots(fly, inputs, await waitForChecks(fly, inputs, started, steadySeconds));
}

export async function settleStopped(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  await cordonAndStop(fly, inputs, machine);
  return assertVersion(inputs, machine, await waitVisible(fly, inputs, machine));
}

/** Cordoned first, so that visitors are sent elsewhere before it drains and stops as its `stop_config` says. */
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

/** As it is now; a young Machine may not be readable yet, and then is as it was answered. */
export async function rereadMachine(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  return (await observeMachine(fly, inputs.app, machine.id)) ?? machine;
}
