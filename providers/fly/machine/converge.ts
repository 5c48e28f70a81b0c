/**
 * Brings one host's Machine to what the inputs ask for, whatever is there now: observe → ensure → sync → wait.
 * Creating, updating, adopting and going on after a crash are this one flow; live state decides, stored outputs only
 * say which Machine was ours.
 */
import type { Fly } from "../client.ts";
import { FlyError } from "../errors.ts";
import { parseInputs } from "../inputs.ts";
import { observeMachine } from "../observe.ts";
import { PartialError } from "../partial.ts";
import { plain } from "../plain.ts";
import type { Properties } from "../plain.ts";
import type { MachineWire } from "../wire.ts";
import { createMachine } from "./create.ts";
import { isOtherConfig, isOtherSpec } from "./diff.ts";
import { findMachine } from "./identity.ts";
import { machineInputsShape } from "./inputs.ts";
import type { MachineInputs } from "./inputs.ts";
import { describeLive, partsToChange } from "./live.ts";
import { outputsOf } from "./outputs.ts";
import { destroyMachine, setCordoned, startMachine, stopMachine, updateMachine } from "./update.ts";
import { waitForChecks, waitForState } from "./wait.ts";

/** On their way up, or up. */
const risingStates = ["started", "starting", "restarting", "replacing", "updating"];
/** Nothing runs. */
const restingStates = ["stopped", "suspended", "created", "failed"];
/** On their way to rest, with nothing to be asked. */
const sinkingStates = ["stopping", "suspending", "replacing", "updating"];
/** A Machine that was launched leaves `created` sooner. */
const launchedWithinMs = 60_000;

/**
 * Outs: the inputs and `MachineOutputs`. Throws `PartialError` once the Machine was changed and didn't get where it
 * should, `FlyError` before that.
 */
export async function convergeMachine(
  fly: Fly,
  raw: Properties,
  olds: Properties,
): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs("Machine", machineInputsShape, raw);
  const id = `${inputs.app}/${inputs.name}`;
  const found = await ensureRoom(fly, inputs, await findMachine(fly, inputs, olds["machineId"]));
  const written = await write(fly, inputs, found, raw, olds);
  try {
    const ready =
      inputs.state === "started"
        ? await raise(fly, inputs, written)
        : await lay(fly, inputs, written.machine);
    return { id, outs: plain({ ...raw, ...outputsOf(ready, inputs, fly.clock.now(), true) }) };
  } catch (error) {
    throw await partialError(fly, id, raw, inputs, written.machine, error);
  }
}

interface Written {
  readonly machine: MachineWire;
  /** Did this write boot it, or let it boot? */
  readonly isBooting: boolean;
}

/** A mounted volume can't be exchanged: with another one asked for, the Machine goes and only its data stays. */
async function ensureRoom(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire | undefined,
): Promise<MachineWire | undefined> {
  if (machine === undefined) return undefined;
  if (machine.config === undefined || machine.config === null)
    throw unreachableError(inputs, machine);
  const mounted = machine.config.mounts?.[0]?.volume ?? undefined;
  if (mounted === inputs.volumeId) return machine;
  await destroyMachine(fly, inputs, machine.id);
  return undefined;
}

async function write(
  fly: Fly,
  inputs: MachineInputs,
  found: MachineWire | undefined,
  raw: Properties,
  olds: Properties,
): Promise<Written> {
  const { machine, isAdopted } =
    found === undefined ? await createMachine(fly, inputs) : { machine: found, isAdopted: true };
  const isAsWritten =
    !isAdopted || (!needsWrite(machine, inputs, raw, olds) && machine.state !== "failed");
  if (isAsWritten) return { machine, isBooting: isLaunching(machine, fly.clock.now()) };
  if (inputs.state === "stopped") await rest(fly, inputs, machine);
  return {
    machine: await updateMachine(fly, inputs, machine),
    isBooting: inputs.state === "started",
  };
}

/** What is live may differ from what we sent only in Fly's spelling: then what we last saw it make of it decides. */
function needsWrite(
  machine: MachineWire,
  inputs: MachineInputs,
  raw: Properties,
  olds: Properties,
): boolean {
  const live = describeLive(machine, inputs, 0).parts;
  if (live !== undefined && !isOtherSpec(olds, raw) && !isOtherConfig(olds, live)) return false;
  return partsToChange(machine, inputs).length > 0;
}

/** Launched by its creation, unlike a warm host, which is cordoned from the start. */
function isLaunching(machine: MachineWire, now: number): boolean {
  const age = now - Date.parse(machine.created_at ?? "");
  return machine.state === "created" && machine.cordoned !== true && !(age > launchedWithinMs);
}

async function raise(
  fly: Fly,
  inputs: MachineInputs,
  { machine, isBooting }: Written,
): Promise<MachineWire> {
  if (!isBooting && !risingStates.includes(machine.state)) {
    if (machine.state === "stopping") await waitForState(fly, inputs, machine, "stopped");
    await startMachine(fly, inputs, machine.id);
  }
  const started = await waitForState(fly, inputs, machine, "started");
  // Failing checks keep visitors away as well, and Fly may not check a cordoned Machine's services.
  if (started.cordoned === true) await setCordoned(fly, inputs, machine.id, false);
  return waitForChecks(fly, inputs, started);
}

async function lay(fly: Fly, inputs: MachineInputs, machine: MachineWire): Promise<MachineWire> {
  await rest(fly, inputs, machine);
  return current(fly, inputs, machine);
}

/** Cordoned first, so that visitors are sent elsewhere before it stops. */
async function rest(fly: Fly, inputs: MachineInputs, machine: MachineWire): Promise<void> {
  const live = await current(fly, inputs, machine);
  if (live.cordoned !== true) await setCordoned(fly, inputs, machine.id, true);
  if (restingStates.includes(live.state)) return;
  if (!sinkingStates.includes(live.state)) await stopMachine(fly, inputs, machine.id);
  await waitForState(fly, inputs, machine, "stopped");
}

/** As it is now; a young Machine may not be readable yet, and then is as it was answered. */
async function current(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  return (await observeMachine(fly, inputs.app, machine.id)) ?? machine;
}

/** What failed is what the person must see, so a second failure while looking is not. */
async function partialError(
  fly: Fly,
  id: string,
  raw: Properties,
  inputs: MachineInputs,
  machine: MachineWire,
  error: unknown,
): Promise<PartialError> {
  let last = machine;
  try {
    last = await current(fly, inputs, machine);
  } catch (second) {
    if (!(second instanceof FlyError)) throw second;
  }
  return new PartialError(id, raw, outputsOf(last, inputs, fly.clock.now(), false), error);
}

function unreachableError(inputs: MachineInputs, machine: MachineWire): FlyError {
  return new FlyError({
    what: `update Machine ${inputs.name}`,
    status: 200,
    code: "host_unreachable",
    detail: `Fly can't reach the server that Machine ${machine.id} is on (host status ${machine.host_status ?? "unknown"})`,
    host: inputs.name,
    region: inputs.region,
    hint:
      `Wait for Fly (https://status.flyio.net), or give it up with \`fly machine destroy ${machine.id} -a ${inputs.app} --force\`; ` +
      "the next run makes a new one. A volume stays on that server until it is back.",
  });
}
