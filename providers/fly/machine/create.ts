/**
 * Makes a host's Machine once. Fly's create has no idempotency key, but a Machine's name is unique in its app: an
 * answer that was lost, or "already exists", ends in looking up that name.
 */
import { sleep } from "../../../lib/clock.ts";
import { appPath } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { explain, FlyError, isAmbiguous } from "../api/errors.ts";
import { forget, observeMachine } from "../api/observe.ts";
import { machineWire } from "../api/wire.ts";
import type { MachineWire } from "../api/wire.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { assertOurs, findMachine } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { waitDestroyed } from "./wait.ts";

const attempts = 4;

export interface CreatedMachine {
  readonly machine: MachineWire;
  /** Was it there already? Then its configuration and state may be others. */
  readonly isAdopted: boolean;
}

/** It failed, and an answer was lost on the way: there may be a Machine now. */
export class AmbiguousCreateError extends Error {
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super("It is unclear whether the Machine was made.", { cause });
    this.name = "UnclearCreate";
    this.cause = cause;
  }
}

/** Returns the new Machine, or the one of that name that is ours. Throws `AmbiguousCreateError` when there may be one. */
export async function createMachine(fly: Fly, inputs: MachineInputs): Promise<CreatedMachine> {
  const answers = { wasLost: false };
  try {
    return await makeOrAdopt(fly, inputs, answers);
  } catch (error) {
    throw answers.wasLost ? new AmbiguousCreateError(error) : error;
  }
}

async function makeOrAdopt(
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

/** Of a create or an update. A stopped host is made without a launch, out of the load balancer from the start. */
export function writeFlags(inputs: MachineInputs): Readonly<Record<string, unknown>> {
  return {
    ...(inputs.state === "stopped" ? { skip_launch: true, skip_service_registration: true } : {}),
    ...(inputs.secretsVersion > 0 ? { min_secrets_version: inputs.secretsVersion } : {}),
  };
}

/** Id of the live Machine that holds the name, from the prose of a 409: Fly has no field for it. */
function nameHolder(error: unknown): string | undefined {
  if (!(error instanceof FlyError) || error.status !== 409) return undefined;
  return /unique machine name violation, machine ID (\w+)/.exec(error.details.detail)?.[1];
}

/** Seen while a destroyed namesake wasn't quite gone: fly-apps/terraform-provider-fly#143. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof FlyError && error.status === 422 && /taken|unique/i.test(error.details.detail)
  );
}

/** Reads lag writes, so two looks before a Machine counts as not made. */
async function lookUpByName(fly: Fly, inputs: MachineInputs): Promise<MachineWire | undefined> {
  for (let look = 1; look <= 2; look += 1) {
    await sleep(fly.clock, 1_000);
    forget(fly, inputs.app);
    const found = await findMachine(fly, inputs, { knownId: undefined, isExpected: false });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The holder of our name; undefined once it is gone and the name is free. */
async function readHolder(
  fly: Fly,
  inputs: MachineInputs,
  id: string,
): Promise<MachineWire | undefined> {
  for (let look = 1; look <= 3; look += 1) {
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
