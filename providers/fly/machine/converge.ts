/**
 * Brings one host's Machine to what the inputs ask for, whatever is there now: observe → ensure → sync → wait.
 * Creating, updating, adopting and going on after a crash are this one flow; live state decides, stored outputs only
 * say which Machine was ours. What could disturb a host waits for its turn in the region's rollout (`rollout-gate.ts`).
 */
import type { Fly } from "../api/client.ts";
import { FlyError } from "../api/errors.ts";
import { parseInputs } from "../../dynamic/resource-inputs.ts";
import { PartialError } from "../../dynamic/partial-error.ts";
import { toPlainJson } from "../../dynamic/json.ts";
import type { Properties } from "../../dynamic/resource-methods.ts";
import type { MachineWire } from "../api/wire.ts";
import { createMachine, AmbiguousCreateError } from "./create.ts";
import { destroyMachine } from "./destroy.ts";
import { isOtherConfig, isOtherSpec } from "./diff.ts";
import { knownDuplicates } from "./duplicates.ts";
import { awaitRolloutTurn } from "./rollout-gate.ts";
import type { ChangeKind } from "./rollout-gate.ts";
import { findToChange } from "./identity.ts";
import { machineInputsShape } from "./machine-inputs.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { describeMachine, isReachable, partsToChange } from "./observed-machine.ts";
import { hasBootedWith, repairMetadata } from "./metadata.ts";
import { outputsOf } from "./machine-outputs.ts";
import { rollBack } from "./rollback.ts";
import {
  rereadMachine,
  settleStopped,
  startAndWaitHealthy,
  cordonAndStop,
  stoppedStates,
} from "./bring-up.ts";
import type { WrittenMachine } from "./bring-up.ts";
import { unreachableError } from "./unreachable-error.ts";
import { updateMachine } from "./update.ts";

/** A Machine that was launched leaves `created` sooner. */
const launchedWithinMs = 60_000;

interface ConvergeTask {
  readonly fly: Fly;
  readonly id: string;
  readonly inputs: MachineInputs;
  readonly raw: Properties;
  readonly olds: Properties;
}

interface Converged {
  readonly id: string;
  readonly outs: Properties;
}

/**
 * Outs: the inputs and `MachineOutputs`. Throws `PartialError` when the Machine was changed, or may have been, and
 * isn't where it should be; `FlyError` when it is as it was, be it because the previous configuration was put back.
 */
export async function convergeMachine(
  fly: Fly,
  raw: Properties,
  olds: Properties,
): Promise<Converged> {
  const inputs = parseInputs("Machine", machineInputsShape, raw);
  const task: ConvergeTask = { fly, id: `${inputs.app}/${inputs.name}`, inputs, raw, olds };
  const found = await observe(task);
  const kind = kindOfChange(task, found);
  if (kind === undefined) return change(task, found);
  // Waiting may take minutes, so it is looked at again.
  return awaitRolloutTurn(fly, inputs, kind, async () => change(task, await observe(task)));
}

async function observe({ fly, inputs, olds }: ConvergeTask): Promise<MachineWire | undefined> {
  const knownId = olds["machineId"];
  const isExpected = typeof knownId === "string";
  const found = await findToChange(fly, inputs, { knownId, isExpected });
  if (found !== undefined && !(found.config && isReachable(found)))
    throw unreachableError("update", inputs, found);
  return found;
}

/** Undefined: nothing that could disturb a host. */
function kindOfChange(task: ConvergeTask, found: MachineWire | undefined): ChangeKind | undefined {
  const { inputs } = task;
  const isQuiet = found !== undefined && !isOtherVolume(inputs, found) && !needsBoot(task, found);
  if (isQuiet) return undefined;
  if (inputs.state === "stopped") return "resting";
  return found === undefined || stoppedStates.includes(found.state) ? "new" : "running";
}

async function change(task: ConvergeTask, found: MachineWire | undefined): Promise<Converged> {
  const { fly, id, inputs, raw, olds } = task;
  const duplicates = found === undefined ? [] : await knownDuplicates(fly, inputs, found, olds);
  // Those that hold our volume are in the way; and none may outlive the one that leads the next run to it.
  const isLeaving = found !== undefined && isOtherVolume(inputs, found);
  const first = duplicates.filter(
    (other) => isLeaving || (inputs.volumeId !== undefined && !isOtherVolume(inputs, other)),
  );
  for (const other of first) await destroyMachine(fly, inputs, other);
  const kept = await ensureRoom(fly, inputs, found);
  const written = await write(task, kept);
  try {
    const ready =
      inputs.state === "started"
        ? await startAndWaitHealthy(fly, inputs, written)
        : await settleStopped(fly, inputs, written.machine);
    // The others may serve until this one does.
    for (const other of duplicates)
      if (!first.includes(other)) await destroyMachine(fly, inputs, other);
    return {
      id,
      outs: toPlainJson({ ...raw, ...outputsOf(ready, inputs, fly.clock.now(), true) }),
    };
  } catch (error) {
    if (kept === undefined || !written.isConfigured)
      throw await partialError(task, written.machine, error);
    const outcome = await rollBack({ ...task, kept, error });
    throw outcome.isBack ? outcome.error : await partialError(task, written.machine, outcome.error);
  }
}

/** A mounted volume can't be exchanged: with another one asked for, the Machine goes and only its data stays. */
async function ensureRoom(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire | undefined,
): Promise<MachineWire | undefined> {
  if (machine === undefined || !isOtherVolume(inputs, machine)) return machine;
  await destroyMachine(fly, inputs, machine);
  return undefined;
}

function isOtherVolume(inputs: MachineInputs, { config }: MachineWire): boolean {
  return (config?.mounts?.[0]?.volume ?? undefined) !== inputs.volumeId;
}

async function write(task: ConvergeTask, found: MachineWire | undefined): Promise<WrittenMachine> {
  const { fly, inputs, olds } = task;
  const { machine, isAdopted } =
    found === undefined ? await create(task) : { machine: found, isAdopted: true };
  if (!isAdopted || !needsBoot(task, machine)) {
    if (isAdopted && needsWrite(task, machine)) await repairMetadata(fly, inputs, machine);
    const isBooting = isLaunching(machine, fly.clock.now());
    return { machine, isBooting, isConfigured: false };
  }
  if (inputs.state === "stopped") await cordonAndStop(fly, inputs, machine);
  return {
    machine: await updateMachine(fly, inputs, machine, olds),
    isBooting: inputs.state === "started",
    isConfigured: true,
  };
}

async function create({ fly, id, inputs, raw }: ConvergeTask): ReturnType<typeof createMachine> {
  try {
    return await createMachine(fly, inputs);
  } catch (error) {
    // The next run's refresh tells whether it was made, and the one after a change of mind destroys it.
    if (error instanceof AmbiguousCreateError)
      throw new PartialError(id, raw, { settled: false }, error.cause);
    throw error;
  }
}

/** Must the configuration be written, which reboots a Machine that runs? Our metadata alone can be set without. */
function needsBoot(task: ConvergeTask, machine: MachineWire): boolean {
  if (machine.state === "failed" && task.inputs.state === "started") return true;
  if (!needsWrite(task, machine)) return false;
  const isMetadataAlone = partsToChange(machine, task.inputs).every((part) => part === "metadata");
  return !isMetadataAlone || !hasBootedWith(machine, task.inputs);
}

/** What is live may differ from what we sent only in Fly's spelling: then what we last saw it make of it decides. */
function needsWrite({ inputs, raw, olds }: ConvergeTask, machine: MachineWire): boolean {
  const live = describeMachine(machine, inputs, 0).parts;
  if (live !== undefined && !isOtherSpec(olds, raw) && !isOtherConfig(olds, live)) return false;
  return partsToChange(machine, inputs).length > 0;
}

/** Launched by its creation, unlike a warm host, which is cordoned from the start. */
function isLaunching(machine: MachineWire, now: number): boolean {
  const age = now - Date.parse(machine.created_at ?? "");
  return machine.state === "created" && machine.cordoned !== true && !(age > launchedWithinMs);
}

/** What failed is what the person must see, so a second failure while looking is not. */
async function partialError(
  { fly, id, inputs, raw }: ConvergeTask,
  machine: MachineWire,
  error: unknown,
): Promise<PartialError> {
  let last = machine;
  try {
    last = await rereadMachine(fly, inputs, machine);
  } catch (second) {
    if (!(second instanceof FlyError)) throw second;
  }
  const outs = outputsOf(last, inputs, fly.clock.now(), false);
  // What isn't surely our write must not pass for it: the next run would see no need for one.
  const isOurs =
    last.instance_id === machine.instance_id && partsToChange(last, inputs).length === 0;
  return new PartialError(id, raw, isOurs ? outs : { ...outs, applied: {} }, error);
}
