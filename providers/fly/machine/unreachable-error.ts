/** The error for a Machine whose server Fly can't reach: it may run or not, and Fly may undo a change later. */
import { FlyError } from "../api/errors.ts";
import type { MachineWire } from "../api/wire.ts";
import type { MachineInputs } from "./machine-inputs.ts";

export function unreachableError(
  verb: "update" | "destroy",
  inputs: MachineInputs,
  machine: MachineWire,
): FlyError {
  return new FlyError({
    what: `${verb} Machine ${inputs.name}`,
    status: 200,
    code: "host_unreachable",
    detail: `Fly can't reach the server that Machine ${machine.id} is on (host status ${machine.host_status ?? "unknown"})`,
    host: inputs.name,
    region: inputs.region,
    hint:
      `Wait for Fly (https://status.flyio.net), or destroy it with \`fly machine destroy ${machine.id} -a ${inputs.app} --force\`; ` +
      "the next run creates a new one. A volume stays on that server until it is back.",
  });
}
