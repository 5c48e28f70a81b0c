/** The outputs of a Machine in Pulumi's state, besides its inputs. */
import type { MachineWire } from "../api/wire.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { describeMachine } from "./observed-machine.ts";
import type { ObservedMachine } from "./observed-machine.ts";

export interface MachineOutputs {
  readonly machineId: string;
  readonly instanceId: string;
  readonly privateIp: string;
  readonly live: ObservedMachine;
  /** `live.parts` right after our last write, with which drift is compared. */
  readonly applied: Readonly<Record<string, string>>;
  /** False after an interrupted run: the next run must finish the work even if the inputs are unchanged. */
  readonly settled: boolean;
}

export function outputsOf(
  machine: MachineWire,
  inputs: MachineInputs,
  now: number,
  settled: boolean,
): MachineOutputs {
  const live = describeMachine(machine, inputs, now);
  const { env: _legacy, ...applied } = live.parts ?? {};
  return { ...idsOf(machine), live, applied, settled };
}

export function idsOf(
  machine: MachineWire,
): Pick<MachineOutputs, "machineId" | "instanceId" | "privateIp"> {
  return {
    machineId: machine.id,
    instanceId: machine.instance_id ?? "",
    privateIp: machine.private_ip ?? "",
  };
}
