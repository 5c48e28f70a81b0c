/** Metadata of a running Machine, which is written without a new version and without a reboot. */
import { anyResponse } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import type { MachineWire } from "../api/wire.ts";
import { activeKey, keptMark } from "./slot-activation.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { retryWhileLeased } from "./lease.ts";

type Metadata = Readonly<Record<string, string>>;

export async function setMetadata(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  key: string,
  value: string,
): Promise<void> {
  await retryWhileLeased(fly, () =>
    fly.call({
      ...machineCall(inputs, machineId, "metadata", key),
      what: `set metadata ${key} of Machine ${inputs.name}`,
      method: "POST",
      json: { value },
      response: anyResponse,
      repeatable: true,
    }),
  );
}

/** Writes our metadata keys whose values differ. */
export async function repairMetadata(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<void> {
  const live = machine.config?.metadata ?? {};
  for (const [key, value] of Object.entries(renderMachineConfig(inputs).metadata))
    if (live[key] !== value) await setMetadata(fly, inputs, machine.id, key, value);
}

/** Returns the complete metadata for a write of the configuration: Fly deletes every key that isn't sent, whoever set it. */
export function metadataToWrite(
  machine: MachineWire,
  inputs: MachineInputs,
  oldKeys: readonly string[],
): Metadata {
  const foreign = Object.entries(machine.config?.metadata ?? {}).filter(
    ([key]) => key !== activeKey && !oldKeys.includes(key),
  );
  return {
    ...Object.fromEntries(foreign),
    ...keptMark(machine),
    ...renderMachineConfig(inputs).metadata,
  };
}

/** Says whether the Machine booted with the desired values of its secrets, which it reads at boot only. */
export function hasBootedWith(machine: MachineWire, inputs: MachineInputs): boolean {
  const { secrets } = renderMachineConfig(inputs).metadata;
  return machine.config?.metadata?.["secrets"] === secrets;
}
