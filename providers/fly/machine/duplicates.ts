/**
 * Additional Machines of a host: one that Fly brought back with its server, or a copy with our metadata. A host has one
 * Machine, so duplicates are destroyed; their volumes stay.
 */
import type { Fly } from "../api/client.ts";
import { observeMachine, observeMachines } from "../api/observe.ts";
import type { Properties } from "../../dynamic/resource-methods.ts";
import type { MachineWire } from "../api/wire.ts";
import { isMarkedOurs } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** Returns the duplicates in the shared list. */
export async function findDuplicates(
  fly: Fly,
  inputs: MachineInputs,
  kept: MachineWire,
): Promise<readonly MachineWire[]> {
  const machines = await observeMachines(fly, inputs.app, "stale");
  return machines.filter((machine) => machine.id !== kept.id && isMarkedOurs(machine, inputs));
}

/** Returns the duplicates that the last refresh recorded and that still exist. */
export async function knownDuplicates(
  fly: Fly,
  inputs: MachineInputs,
  kept: MachineWire,
  olds: Properties,
): Promise<readonly MachineWire[]> {
  const { duplicates } = (olds["live"] ?? {}) as { duplicates?: unknown };
  const found: MachineWire[] = [];
  for (const id of Array.isArray(duplicates) ? (duplicates as string[]) : []) {
    const machine = id === kept.id ? undefined : await observeMachine(fly, inputs.app, id);
    if (machine !== undefined && isMarkedOurs(machine, inputs)) found.push(machine);
  }
  return found;
}
