/** Finds the Machine of a host. Its name is unique in the app, and its metadata says that it is ours. */
import { sleep } from "../../../lib/clock.ts";
import { appPath } from "../api/client.ts";
import type { Fly, FlyRequest } from "../api/client.ts";
import { FlyError } from "../api/errors.ts";
import { invalidate, observeMachine, observeMachines } from "../api/observe.ts";
import type { MachineWire } from "../api/wire.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** Reads lag behind writes, so an expected Machine counts as gone after this many lookups. */
const maxLookups = 3;

export interface MachineSearch {
  /** Fly's id in the state. */
  readonly knownId: unknown;
  /** The Machine should exist: it counts as gone only after several lookups. */
  readonly isExpected: boolean;
}

/**
 * Returns the host's Machine as it is now, or undefined.
 *
 * @throws {FlyError} with code `foreign_machine`, `other_region` or `several_machines`
 */
export async function findMachine(
  fly: Fly,
  inputs: MachineInputs,
  { knownId, isExpected }: MachineSearch,
): Promise<MachineWire | undefined> {
  for (let lookup = 1; ; lookup += 1) {
    const found = await lookUpMachine(fly, inputs, knownId);
    if (found !== undefined || !isExpected || lookup === maxLookups) return found;
    await sleep(fly.clock, lookup * 1_000);
    invalidate(fly, inputs.app);
  }
}

/** As `findMachine`, before a change: reads the known Machine first, which usually saves the list. */
export async function findToChange(
  fly: Fly,
  inputs: MachineInputs,
  search: MachineSearch,
): Promise<MachineWire | undefined> {
  if (typeof search.knownId === "string") {
    const known = await readNamed(fly, inputs, search.knownId, search.knownId);
    if (known !== undefined) return known;
  }
  return findMachine(fly, inputs, search);
}

async function lookUpMachine(
  fly: Fly,
  inputs: MachineInputs,
  knownId: unknown,
): Promise<MachineWire | undefined> {
  // A stale list is enough: each Machine in it is read again, and a create's 409 names one that it lacks.
  const named = (await observeMachines(fly, inputs.app, "stale")).filter(
    (machine) => machine.name === inputs.name,
  );
  const id =
    named.find((machine) => machine.id === knownId)?.id ??
    chooseOne(inputs, named)?.id ??
    (typeof knownId === "string" ? knownId : undefined);
  return id === undefined ? undefined : readNamed(fly, inputs, id, knownId);
}

async function readNamed(
  fly: Fly,
  inputs: MachineInputs,
  id: string,
  knownId: unknown,
): Promise<MachineWire | undefined> {
  const machine = await observeMachine(fly, inputs.app, id);
  if (machine === undefined || machine.name !== inputs.name) return undefined;
  assertOurs(machine, inputs, knownId);
  return machine;
}

/** Chooses among several Machines of our name that the state doesn't know: the started one, else the youngest. */
function chooseOne(inputs: MachineInputs, named: readonly MachineWire[]): MachineWire | undefined {
  const foreign = named.find((machine) => !isMarkedOurs(machine, inputs));
  // With a foreign one among them it is unknown which holds our data.
  if (named.length > 1 && foreign !== undefined) throw severalError(inputs, named);
  return named.toSorted((a, b) => rank(b) - rank(a))[0];
}

function rank(machine: MachineWire): number {
  const age = Date.parse(machine.created_at ?? "") || 0;
  return machine.state === "started" ? Number.MAX_SAFE_INTEGER : age;
}

/** Says whether its metadata names this host, whatever the Machine's own name is. */
export function isMarkedOurs(machine: MachineWire, inputs: MachineInputs): boolean {
  const metadata = machine.config?.metadata ?? {};
  return (
    metadata["managed_by"] === "flotilla" &&
    (metadata["host"] ?? machine.name) === inputs.name &&
    machine.region === inputs.region
  );
}

/**
 * Asserts that the Machine is ours: by its id in the state, by its metadata, or because the operator asked to adopt it.
 *
 * @throws {FlyError} with code `foreign_machine` or `other_region`
 */
export function assertOurs(machine: MachineWire, inputs: MachineInputs, knownId?: unknown): void {
  const metadata = machine.config?.metadata ?? {};
  const isOurs =
    inputs.adopt === true ||
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
        `If it is not needed, destroy it (\`fly machine destroy ${machine.id} -a ${inputs.app}\`) and run it again; to let ` +
        "flotilla adopt it, run `pulumi up -c flotilla:adopt=true` once, and `pulumi config rm flotilla:adopt` after it.",
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

/** Returns the parts that all calls about one Machine share. */
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
    what: `identify Machine ${inputs.name}`,
    status: 409,
    code: "several_machines",
    detail: `app ${inputs.app} has ${machines.length} of that name: ${machines.map((machine) => machine.id).join(", ")}`,
    region: inputs.region,
    host: inputs.name,
    hint: "A server that came back may have brought back an old Machine: destroy the one that isn't needed (`fly machine destroy <id>`).",
  });
}
