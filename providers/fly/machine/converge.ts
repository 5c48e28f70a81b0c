/**
 * Brings one host's Machine from any state to the desired one: observe → ensure → sync → wait. Creating, updating,
 * adopting and continuing after a crash are this one flow. The live state decides; stored outputs only say which Machine
 * was ours. A change that could disturb a host waits for its turn in the region's rollout (`rollout-gate.ts`).
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

/** A launched Machine leaves the state `created` earlier than this. */
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
 * Creates, updates or adopts the Machine. Outs: the inputs and `MachineOutputs`.
 *
 * @throws {PartialError} when the Machine was or may have been changed and isn't in the desired state
 * @throws {FlyError} when the Machine is as it was before, unchanged or rolled back
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
  // The Machine may change while this waits, so it is observed again.
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

/** Returns undefined for a change that can't disturb a host. */
function kindOfChange(task: ConvergeTask, found: MachineWire | undefined): ChangeKind | undefined {
  const { inputs } = task;
  const isQuiet = found !== undefined && !isOtherVolume(inputs, found) && !needsBoot(task, found);
  if (isQuiet) return undefined;
  if (inputs.state === "stopped") return "stopped";
  return found === undefined || stoppedStates.includes(found.state) ? "new" : "running";
}

async function change(task: ConvergeTask, found: MachineWire | undefined): Promise<Converged> {
  const { fly, id, inputs, raw, olds } = task;
  const duplicates = found === undefined ? [] : await knownDuplicates(fly, inputs, found, olds);
  // Duplicates that hold our volume block the change. Before the Machine itself is replaced, all of them are destroyed, since
  // the next run finds them through it.
  const isReplaced = found !== undefined && isOtherVolume(inputs, found);
  const first = duplicates.filter(
    (other) => isReplaced || (inputs.volumeId !== undefined && !isOtherVolume(inputs, other)),
  );
  for (const other of first) await destroyMachine(fly, inputs, other);
  const kept = await ensureRoom(fly, inputs, found);
  const written = await write(task, kept);
  try {
    const ready =
      inputs.state === "started"
        ? await startAndWaitHealthy(fly, inputs, written)
        : await settleStopped(fly, inputs, written.machine);
    // The other duplicates serve visitors until this Machine does.
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
    throw outcome.isRolledBack
      ? outcome.error
      : await partialError(task, written.machine, outcome.error);
  }
}

/** Destroys the Machine if it must mount another volume, which Fly can't exchange. The old volume keeps its data. */
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
    // The next refresh finds the Machine if it was created. With the state's record of it, a later delete destroys it.
    if (error instanceof AmbiguousCreateError)
      throw new PartialError(id, raw, { settled: false }, error.cause);
    throw error;
  }
}

/** Says whether the configuration must be written, which reboots a running Machine. Metadata is set without that. */
function needsBoot(task: ConvergeTask, machine: MachineWire): boolean {
  if (machine.state === "failed" && task.inputs.state === "started") return true;
  if (!needsWrite(task, machine)) return false;
  const isMetadataAlone = partsToChange(machine, task.inputs).every((part) => part === "metadata");
  return !isMetadataAlone || !hasBootedWith(machine, task.inputs);
}

/**
 * Says whether the live configuration differs from the desired one. Fly may echo a configuration in another spelling, so
 * if the inputs are unchanged, the configuration is compared with the echo that was recorded after the last write.
 */
function needsWrite({ inputs, raw, olds }: ConvergeTask, machine: MachineWire): boolean {
  const live = describeMachine(machine, inputs, 0).parts;
  if (live !== undefined && !isOtherSpec(olds, raw) && !isOtherConfig(olds, live)) return false;
  return partsToChange(machine, inputs).length > 0;
}

/** Says whether a new Machine is being launched by its creation. A warm host isn't: it is cordoned from the start. */
function isLaunching(machine: MachineWire, now: number): boolean {
  const age = now - Date.parse(machine.created_at ?? "");
  return machine.state === "created" && machine.cordoned !== true && !(age > launchedWithinMs);
}

/** Wraps the first failure, which the operator must see; a second one while reading the Machine is dropped. */
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
  // Without `applied` the next run writes again, unless the live configuration is certainly the one written now.
  const isOurs =
    last.instance_id === machine.instance_id && partsToChange(last, inputs).length === 0;
  return new PartialError(id, raw, isOurs ? outs : { ...outs, applied: {} }, error);
}
