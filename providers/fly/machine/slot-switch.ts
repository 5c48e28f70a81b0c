/** Switches slots of a running host on and off, without a new version, a reboot or a change of any other process. */
import type { Fly } from "../api/client.ts";
import { FlyError } from "../api/errors.ts";
import { execWire } from "../api/wire.ts";
import type { MachineWire } from "../api/wire.ts";
import {
  activeKey,
  activeMark,
  desiredActive,
  desiredSlots,
  isSameActive,
  observedActive,
} from "./slot-activation.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { setMetadata } from "./metadata.ts";

/** Fly's limit. Switching a slot off may take as long as its grace period. */
const execSeconds = 60;

/**
 * Switches the slots on and off that the inputs ask for. Returns the Machine with the record of the switch.
 *
 * @throws {FlyError} with code `not_switched`
 */
export async function switchSlots(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  const wanted = desiredActive(inputs);
  const counts = desiredSlots(inputs);
  const live = observedActive(machine, counts);
  if (live === undefined || isSameActive(live, wanted)) return machine;
  const slots = Object.entries(wanted).map(([name, on]) => `${name}=${on}/${counts[name] ?? on}`);
  await mark(fly, inputs, machine, activeMark(machine, wanted, "begun"));
  const result = await fly.call({
    ...machineCall(inputs, machine.id, "exec"),
    what: `switch the slots of Machine ${inputs.name} to ${slots.join(" ")}`,
    method: "POST",
    json: { command: ["/flotilla/bin/switch", ...slots], timeout: execSeconds },
    response: execWire,
    timeoutMs: (execSeconds + 15) * 1_000,
    repeatable: true,
  });
  if ((result.exit_code ?? 0) !== 0) {
    throw new FlyError({
      what: `switch the slots of Machine ${inputs.name} to ${slots.join(" ")}`,
      status: 200,
      code: "not_switched",
      detail:
        `/flotilla/bin/switch ended with ${result.exit_code}: ` +
        (result.stderr?.trim().split("\n").at(-1) || "it printed no error"),
      host: inputs.name,
      region: inputs.region,
      hint: "Run it again. If the image has no /flotilla/bin/switch, build it from this version's image/.",
    });
  }
  return mark(fly, inputs, machine, activeMark(machine, wanted, "done"));
}

/** Returns the Machine with the mark and without reading it again, since other changes meanwhile aren't recorded here. */
async function mark(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
  value: string,
): Promise<MachineWire> {
  await setMetadata(fly, inputs, machine.id, activeKey, value);
  const metadata = { ...machine.config?.metadata, [activeKey]: value };
  return { ...machine, config: { ...machine.config, metadata } };
}
