/** Which Machine is this host's. Its name is unique in the app, and its metadata says that it is ours. */
import { appPath } from "../client.ts";
import type { Fly, FlyRequest } from "../client.ts";
import { FlyError } from "../errors.ts";
import { observeMachine, observeMachines } from "../observe.ts";
import type { MachineWire } from "../wire.ts";
import type { MachineInputs } from "./inputs.ts";

/** The host's Machine as it is now, or undefined. A foreign one of that name is refused. */
export async function findMachine(
  fly: Fly,
  inputs: MachineInputs,
  knownId?: unknown,
): Promise<MachineWire | undefined> {
  const named = (await observeMachines(fly, inputs.app)).filter(
    (machine) => machine.name === inputs.name,
  );
  if (named.length > 1) throw severalError(inputs, named);
  const id = named[0]?.id ?? (typeof knownId === "string" ? knownId : undefined);
  if (id === undefined) return undefined;
  // The list may be some seconds old, and a young Machine may be missing in it.
  const machine = await observeMachine(fly, inputs.app, id);
  if (machine === undefined || machine.name !== inputs.name) return undefined;
  assertOurs(machine, inputs, knownId);
  return machine;
}

/** Ours: the id we wrote down, or one that says so itself. */
export function assertOurs(machine: MachineWire, inputs: MachineInputs, knownId?: unknown): void {
  const metadata = machine.config?.metadata ?? {};
  const isOurs =
    machine.id === knownId ||
    (metadata["managed_by"] === "flotilla" && (metadata["host"] ?? inputs.name) === inputs.name);
  if (!isOurs) {
    throw new FlyError({
      what: `use Machine ${inputs.name} of app ${inputs.app}`,
      status: 409,
      code: "foreign_machine",
      detail: `Machine ${machine.id} has that name, but its metadata doesn't say \`managed_by=flotilla\``,
      region: machine.region,
      host: inputs.name,
      hint:
        `If it is not needed, destroy it (\`fly machine destroy ${machine.id} -a ${inputs.app}\`); if flotilla shall take it over, ` +
        `set its metadata \`managed_by=flotilla\`. Then run it again.`,
    });
  }
  if (machine.region !== inputs.region) {
    throw new FlyError({
      what: `use Machine ${inputs.name} of app ${inputs.app}`,
      status: 409,
      code: "other_region",
      detail: `Machine ${machine.id} of that name is in ${machine.region}, not in ${inputs.region}`,
      region: inputs.region,
      host: inputs.name,
      hint: `Machines can't move: destroy it (\`fly machine destroy ${machine.id} -a ${inputs.app}\`) and run it again.`,
    });
  }
}

/** Path and place of a call about one Machine. */
export function machineCall(
  inputs: MachineInputs,
  machineId: string,
  ...segments: readonly string[]
): Pick<FlyRequest<never>, "path" | "host" | "region"> {
  return {
    path: appPath(inputs.app, "machines", machineId, ...segments),
    host: inputs.name,
    region: inputs.region,
  };
}

function severalError(inputs: MachineInputs, machines: readonly MachineWire[]): FlyError {
  return new FlyError({
    what: `tell which Machine is ${inputs.name}`,
    status: 409,
    code: "several_machines",
    detail: `app ${inputs.app} has ${machines.length} of that name: ${machines.map((machine) => machine.id).join(", ")}`,
    region: inputs.region,
    host: inputs.name,
    hint: "A host that came back may have brought an old one: destroy the one that isn't needed (`fly machine destroy <id>`).",
  });
}
