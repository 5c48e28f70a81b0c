/** A host's Machine, as Pulumi sees it: known by its name, while Fly's id is an output that may change. */
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
import { assertSameApp, forget, observeMachines } from "./api/observe.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { toPlainJson } from "../dynamic/json.ts";
import type { Properties } from "../dynamic/resource-methods.ts";
import type { MachineWire } from "./api/wire.ts";

export { convergeMachine } from "./machine/converge.ts";
export { checkMachine, diffMachine } from "./machine/diff.ts";

/** `{}` only after the very app it was made in has answered and doesn't have it. */
export async function readMachine(
  fly: Fly,
  id: string,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const inputs = parseInputs("Machine", machineInputsShape, raw);
  // After a failure half-way it isn't known whether there is one, and a young one may not be visible yet.
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

/** The known one, if the shared list shows just what was seen last: then it isn't asked for by itself. */
async function findUnchanged(
  fly: Fly,
  inputs: MachineInputs,
  raw: Properties,
): Promise<MachineWire | undefined> {
  if (raw["settled"] !== true) return undefined;
  const { machineId, instanceId, privateIp, live } = raw;
  const machines = await observeMachines(fly, inputs.app, "old");
  const listed = machines.find(({ id, name }) => id === machineId && name === inputs.name);
  if (listed === undefined) return undefined;
  const seen = toPlainJson({
    ...idsOf(listed),
    live: describeMachine(listed, inputs, fly.clock.now()),
  });
  return canonicalJson(seen) === canonicalJson({ machineId, instanceId, privateIp, live })
    ? listed
    : undefined;
}

/** Destroys our Machine of that name and waits for the end of it. One that is gone, or somebody else's, is left alone. */
export async function deleteMachine(fly: Fly, raw: Properties): Promise<void> {
  const inputs = parseInputs("Machine", machineInputsShape, raw);
  forget(fly, inputs.app);
  const machine = await findOwn(fly, inputs, raw["machineId"]);
  if (machine === undefined) return assertSameApp(fly, inputs.app, inputs.appId);
  // Fly would take it out of its books and bring it back with its server, when nobody knows of it any more.
  if (!isReachable(machine)) throw unreachableError("destroy", inputs, machine);
  const duplicates = await findDuplicates(fly, inputs, machine);
  // The one that bears the name goes last: it is how the next run finds its way, should this one be cut off.
  for (const one of [...duplicates, machine]) await destroyMachine(fly, inputs, one);
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
