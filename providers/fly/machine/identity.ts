/** Which Machine is this host's. Its name is unique in the app, and its metadata says that it is ours. */
import { sleep } from "../../../lib/clock.ts";
import { appPath } from "../api/client.ts";
import type { Fly, FlyRequest } from "../api/client.ts";
import { FlyError } from "../api/errors.ts";
import { forget, observeMachine, observeMachines } from "../api/observe.ts";
import type { MachineWire } from "../api/wire.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** Reads lag writes: one that we expect counts as gone after so many looks. */
const looks = 3;

export interface MachineSearch {
  /** Fly's id as state has it. */
  readonly knownId: unknown;
  /** Should there be one? Then it isn't gone before several looks have said so. */
  readonly isExpected: boolean;
}

/** The host's Machine as it is now, or undefined. A foreign one of that name is refused. */
export async function findMachine(
  fly: Fly,
  inputs: MachineInputs,
  { knownId, isExpected }: MachineSearch,
): Promise<MachineWire | undefined> {
  for (let look = 1; ; look += 1) {
    const found = await lookUpMachine(fly, inputs, knownId);
    if (found !== undefined || !isExpected || look === looks) return found;
    await sleep(fly.clock, look * 1_000);
    forget(fly, inputs.app);
  }
}

/** As `findMachine`, for one who is about to change it: asks about the known one first, and for a list at most once. */
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
  // A list from before our own writes serves: what it shows is read again, and what it lacks the create's 409 names.
  const named = (await observeMachines(fly, inputs.app, "old")).filter(
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

/** Of several of our name, when none is the one we know: the one that runs, else the youngest. */
function chooseOne(inputs: MachineInputs, named: readonly MachineWire[]): MachineWire | undefined {
  const foreign = named.find((machine) => !isMarkedOurs(machine, inputs));
  // Whose data is whose can't be told then.
  if (named.length > 1 && foreign !== undefined) throw severalError(inputs, named);
  return named.toSorted((a, b) => rank(b) - rank(a))[0];
}

function rank(machine: MachineWire): number {
  const age = Date.parse(machine.created_at ?? "") || 0;
  return machine.state === "started" ? Number.MAX_SAFE_INTEGER : age;
}

/** Does its metadata say that it is this host, whatever its name? */
export function isMarkedOurs(machine: MachineWire, inputs: MachineInputs): boolean {
  const metadata = machine.config?.metadata ?? {};
  return (
    metadata["managed_by"] === "flotilla" &&
    (metadata["host"] ?? machine.name) === inputs.name &&
    machine.region === inputs.region
  );
}

/** Ours: the id we wrote down, one that says so itself, or one that the operator said to take over. */
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
        `If it is not needed, destroy it (\`fly machine destroy ${machine.id} -a ${inputs.app}\`) and run it again; if flotilla shall ` +
        "take it over, run `pulumi up -c flotilla:adopt=true` once, and `pulumi config rm flotilla:adopt` after it.",
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
