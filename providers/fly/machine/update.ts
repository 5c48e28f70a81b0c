/** Changes to a Machine that exists. Each is safe to repeat: a whole configuration, or a state. */
import { anyAnswer } from "../client.ts";
import type { Fly } from "../client.ts";
import { explain, FlyError, isAmbiguous, isNotFound } from "../errors.ts";
import { observeMachine } from "../observe.ts";
import { machineWire, startedWire } from "../wire.ts";
import type { MachineWire } from "../wire.ts";
import { writeFlags } from "./create.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./inputs.ts";
import { withLease } from "./lease.ts";
import { partsToChange } from "./live.ts";
import { waitDestroyed } from "./wait.ts";

const attempts = 3;

/** Writes the whole configuration under a lease; a Machine to be started boots with it. */
export async function updateMachine(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  return withLease(fly, inputs, machine.id, async (headers) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fly.call({
          ...machineCall(inputs, machine.id),
          what: `update Machine ${inputs.name}`,
          method: "POST",
          headers,
          json: { config: renderMachineConfig(inputs), ...writeFlags(inputs) },
          answer: machineWire,
          timeoutMs: 60_000,
        });
      } catch (error) {
        if (!isAmbiguous(error) && !isRace(error)) throw error;
        await fly.clock.sleep(1_000);
        const seen = await observeMachine(fly, inputs.app, machine.id);
        const isDone =
          seen !== undefined &&
          seen.instance_id !== machine.instance_id &&
          partsToChange(seen, inputs).length === 0;
        if (isDone) return seen;
        if (attempt === attempts) throw explain(error, { tried: `updating it ${attempts} times` });
      }
    }
  });
}

/** Fly's word for two updates at once; reading again and repeating is its own advice. */
function isRace(error: unknown): error is FlyError {
  return (
    error instanceof FlyError &&
    error.status === 409 &&
    /concurrent update/.test(error.details.detail)
  );
}

export async function startMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  const answer = await fly.call({
    ...machineCall(inputs, machineId, "start"),
    what: `start Machine ${inputs.name}`,
    method: "POST",
    answer: startedWire.nullish(),
    repeatable: true,
  });
  if (answer?.status !== "error") return;
  throw new FlyError({
    what: `start Machine ${inputs.name}`,
    status: 200,
    code: "not_started",
    detail: answer.message ?? "no reason given",
    host: inputs.name,
    region: inputs.region,
  });
}

/** Asks for a stop as the configuration has it (`stop_config`). */
export async function stopMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  const stop = inputs.config["stop_config"];
  await fly.call({
    ...machineCall(inputs, machineId, "stop"),
    what: `stop Machine ${inputs.name}`,
    method: "POST",
    json: typeof stop === "object" && stop !== null ? stop : {},
    answer: anyAnswer,
    repeatable: true,
  });
}

/** Takes a Machine out of the load balancer, or back into it. */
export async function setCordoned(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  cordoned: boolean,
): Promise<void> {
  const verb = cordoned ? "cordon" : "uncordon";
  await fly.call({
    ...machineCall(inputs, machineId, verb),
    what: `${verb} Machine ${inputs.name}`,
    method: "POST",
    answer: anyAnswer,
    repeatable: true,
  });
}

/** Destroys a Machine, running or not, and waits until its name and volume are free. Its volume stays. */
export async function destroyMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  try {
    await fly.call({
      ...machineCall(inputs, machineId),
      what: `destroy Machine ${inputs.name}`,
      method: "DELETE",
      // The API's description says `force`, fly-go sends `kill`.
      query: { force: true, kill: true },
      answer: anyAnswer,
    });
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  await waitDestroyed(fly, inputs, machineId);
}
