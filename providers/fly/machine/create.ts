/**
 * Creates a host's Machine exactly once. Fly's create has no idempotency key, but a Machine's name is unique in its app:
 * after a lost response or "already exists" the Machine is looked up by its name.
 */
import { sleep } from "../../../lib/clock.ts";
import { appPath } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { explain, FlyError, isAmbiguous } from "../api/errors.ts";
import { invalidate, observeMachine } from "../api/observe.ts";
import { machineWire } from "../api/wire.ts";
import type { MachineWire } from "../api/wire.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { assertOurs, findMachine } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { waitDestroyed } from "./wait.ts";

const attempts = 4;

export interface CreatedMachine {
  readonly machine: MachineWire;
  /** It existed before: its configuration and state may differ from the desired ones. */
  readonly isAdopted: boolean;
}

/** A create failed after a response was lost, so a Machine may exist. */
export class AmbiguousCreateError extends Error {
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super("The create failed after a lost response: the Machine may exist.", { cause });
    this.name = "UnclearCreate";
    this.cause = cause;
  }
}

/**
 * Returns the new Machine, or ours of that name.
 *
 * @throws {AmbiguousCreateError} when a Machine may have been created
 */
export async function createMachine(fly: Fly, inputs: MachineInputs): Promise<CreatedMachine> {
  const answers = { wasLost: false };
  try {
    return await createOrAdopt(fly, inputs, answers);
  } catch (error) {
    throw answers.wasLost ? new AmbiguousCreateError(error) : error;
  }
}

async function createOrAdopt(
  fly: Fly,
  inputs: MachineInputs,
  answers: { wasLost: boolean },
): Promise<CreatedMachine> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const machine = await fly.call({
        what: `create Machine ${inputs.name}`,
        method: "POST",
        path: appPath(inputs.app, "machines"),
        json: {
          name: inputs.name,
          region: inputs.region,
          config: renderMachineConfig(inputs),
          ...writeFlags(inputs),
        },
        response: machineWire,
        timeoutMs: 60_000,
        host: inputs.name,
        region: inputs.region,
      });
      return { machine, isAdopted: false };
    } catch (error) {
      const holderId = nameHolder(error);
      answers.wasLost ||= isAmbiguous(error);
      if (holderId === undefined && !isAmbiguous(error) && !isTaken(error)) throw error;
      const adopted =
        holderId === undefined
          ? await lookUpByName(fly, inputs)
          : await readHolder(fly, inputs, holderId);
      if (adopted !== undefined) return { machine: adopted, isAdopted: true };
      if (attempt === attempts && error instanceof FlyError) {
        throw explain(error, {
          tried: `creating it ${attempts} times, looking it up by name after each`,
        });
      }
    }
  }
}

/** Flags of a create or an update. A stopped host is created without a launch and outside the load balancer. */
export function writeFlags(inputs: MachineInputs): Readonly<Record<string, unknown>> {
  return {
    ...(inputs.state === "stopped" ? { skip_launch: true, skip_service_registration: true } : {}),
    ...(inputs.secretsVersion > 0 ? { min_secrets_version: inputs.secretsVersion } : {}),
  };
}

/** Returns the id of the live Machine that has the name, from the text of a 409: Fly has no field for it. */
function nameHolder(error: unknown): string | undefined {
  if (!(error instanceof FlyError) || error.status !== 409) return undefined;
  return /unique machine name violation, machine ID (\w+)/.exec(error.details.detail)?.[1];
}

/** Fly answers 422 while a destroyed Machine of the name is still being removed: fly-apps/terraform-provider-fly#143. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof FlyError && error.status === 422 && /taken|unique/i.test(error.details.detail)
  );
}

/** Looks twice before a Machine counts as not created, since reads lag behind writes. */
async function lookUpByName(fly: Fly, inputs: MachineInputs): Promise<MachineWire | undefined> {
  for (let lookup = 1; lookup <= 2; lookup += 1) {
    await sleep(fly.clock, 1_000);
    invalidate(fly, inputs.app);
    const found = await findMachine(fly, inputs, { knownId: undefined, isExpected: false });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the Machine that has our name, or undefined once it is gone and the name is free. */
async function readHolder(
  fly: Fly,
  inputs: MachineInputs,
  id: string,
): Promise<MachineWire | undefined> {
  for (let lookup = 1; lookup <= 3; lookup += 1) {
    const holder = await observeMachine(fly, inputs.app, id);
    if (holder !== undefined) {
      assertOurs(holder, inputs);
      return holder;
    }
    await sleep(fly.clock, 1_000);
  }
  await waitDestroyed(fly, inputs, id);
  return undefined;
}
