/** A host's Machine as a Pulumi resource. It is identified by its name; Fly's id is an output that may change. */
import type { Fly } from "./api/client.ts";
import { FlyError } from "./api/errors.ts";
import { parseInputs } from "../dynamic/resource-inputs.ts";
import { destroyMachine } from "./machine/destroy.ts";
import { findDuplicates } from "./machine/duplicates.ts";
import { findMachine } from "./machine/identity.ts";
import { machineInputsShape } from "./machine/machine-inputs.ts";
import type { MachineInputs } from "./machine/machine-inputs.ts";
import { describeMachine, isReachable } from "./machine/observed-machine.ts";
import { unreachableError } from "./machine/unreachable-error.ts";
import { idsOf } from "./machine/machine-outputs.ts";
import { assertSameApp, invalidate, observeMachines } from "./api/observe.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { toPlainJson } from "../dynamic/json.ts";
import type { Properties } from "../dynamic/resource-methods.ts";
import type { MachineWire } from "./api/wire.ts";

export { convergeMachine } from "./machine/converge.ts";
export { checkMachine, diffMachine } from "./machine/diff.ts";

/** Returns `{}` only if the app it was created in answers and doesn't have it. */
export async function readMachine(
  fly: Fly,
  id: string,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const inputs = parseInputs("Machine", machineInputsShape, raw);
  // After an interrupted run a Machine may exist, and a new one may not be visible yet.
  const isExpected = typeof raw["machineId"] === "string" || raw["settled"] === false;
  const machine =
    (await findUnchanged(fly, inputs, raw)) ??
    (await findMachine(fly, inputs, { knownId: raw["machineId"], isExpected }));
  if (machine === undefined) {
    await assertSameApp(fly, inputs.app, inputs.appId);
    return {};
  }
  const duplicates = (await findDuplicates(fly, inputs, machine))
    .map((other) => other.id)
    .toSorted();
  const live = {
    ...describeMachine(machine, inputs, fly.clock.now()),
    ...(duplicates.length === 0 ? {} : { duplicates }),
  };
  return { id, props: toPlainJson({ ...raw, ...idsOf(machine), live }) };
}

/** Returns the known Machine if it looks in the shared list as it did at the last read, which saves a call per Machine. */
async function findUnchanged(
  fly: Fly,
  inputs: MachineInputs,
  raw: Properties,
): Promise<MachineWire | undefined> {
  if (raw["settled"] !== true) return undefined;
  const { machineId, instanceId, privateIp, live } = raw;
  const machines = await observeMachines(fly, inputs.app, "stale");
  const listed = machines.find(({ id, name }) => id === machineId && name === inputs.name);
  if (listed === undefined) return undefined;
  const current = toPlainJson({
    ...idsOf(listed),
    live: describeMachine(listed, inputs, fly.clock.now()),
  });
  return canonicalJson(current) === canonicalJson({ machineId, instanceId, privateIp, live })
    ? listed
    : undefined;
}

/** Destroys our Machine of that name and waits until it is gone. A Machine of somebody else is left alone. */
export async function deleteMachine(fly: Fly, raw: Properties): Promise<void> {
  const inputs = parseInputs("Machine", machineInputsShape, raw);
  invalidate(fly, inputs.app);
  const machine = await findOwn(fly, inputs, raw["machineId"]);
  if (machine === undefined) return assertSameApp(fly, inputs.app, inputs.appId);
  // Fly would forget the Machine and bring it back with its server, when no state refers to it any more.
  if (!isReachable(machine)) throw unreachableError("destroy", inputs, machine);
  const duplicates = await findDuplicates(fly, inputs, machine);
  // The Machine with the host's name is destroyed last: if this run is interrupted, the next one finds it by its name.
  for (const each of [...duplicates, machine]) await destroyMachine(fly, inputs, each);
}

async function findOwn(
  fly: Fly,
  inputs: MachineInputs,
  knownId: unknown,
): Promise<MachineWire | undefined> {
  try {
    return await findMachine(fly, inputs, { knownId, isExpected: true });
  } catch (error) {
    if (error instanceof FlyError && error.code === "foreign_machine") return undefined;
    throw error;
  }
}
