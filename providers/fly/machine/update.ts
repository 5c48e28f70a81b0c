/** Writes the configuration of an existing Machine, which can be repeated safely: it is always complete. */
import { sleep } from "../../../lib/clock.ts";
import type { Fly } from "../api/client.ts";
import { explain, FlyError, isAmbiguous } from "../api/errors.ts";
import { observeMachine } from "../api/observe.ts";
import { machineWire } from "../api/wire.ts";
import type { Properties } from "../../dynamic/resource-methods.ts";
import { snapshotVolume } from "../api/volume-snapshot.ts";
import type { MachineWire } from "../api/wire.ts";
import { writeFlags } from "./create.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { machineCall } from "./identity.ts";
import { isSameImage } from "./image-reference.ts";
import { machineInputsShape } from "./machine-inputs.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { withLease } from "./lease.ts";
import { partsToChange } from "./observed-machine.ts";
import { metadataToWrite } from "./metadata.ts";

const attempts = 3;

/**
 * Writes the complete configuration under a lease. A Machine that should be started boots with it. Metadata that isn't
 * ours stays.
 *
 * @param olds outputs of the previous run, if there was one
 */
export async function updateMachine(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
  olds: Properties,
): Promise<MachineWire> {
  const metadata = metadataToWrite(machine, inputs, ownKeys(olds));
  if (!isSameImageOn(machine, inputs)) await snapshotMounts(fly, inputs, machine);
  return withLease(fly, inputs, machine.id, async (headers) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fly.call({
          ...machineCall(inputs, machine.id),
          what: `update Machine ${inputs.name}`,
          method: "POST",
          headers,
          json: {
            config: { ...renderMachineConfig(inputs), metadata },
            ...writeFlags(inputs),
          },
          response: machineWire,
          timeoutMs: 60_000,
        });
      } catch (error) {
        if (!isAmbiguous(error) && !isRace(error)) throw error;
        await sleep(fly.clock, 1_000);
        const current = await observeMachine(fly, inputs.app, machine.id);
        const isDone =
          current !== undefined &&
          current.instance_id !== machine.instance_id &&
          partsToChange(current, inputs).length === 0;
        if (isDone) return current;
        if (attempt === attempts) throw explain(error, { tried: `updating it ${attempts} times` });
      }
    }
  });
}

/** Snapshots the Machine's volumes, before another image runs on them or the Machine is destroyed. */
export async function snapshotMounts(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<void> {
  for (const { volume } of machine.config?.mounts ?? [])
    if (volume) await snapshotVolume(fly, inputs, volume);
}

function isSameImageOn(machine: MachineWire, inputs: MachineInputs): boolean {
  return isSameImage(inputs.config.image, machine.config?.image ?? "", machine.image_ref ?? {});
}

/** Returns the metadata keys of the last write, so that keys which are no longer desired are removed. */
function ownKeys(olds: Properties): readonly string[] {
  const before = machineInputsShape.safeParse(olds).data;
  return before === undefined ? [] : Object.keys(renderMachineConfig(before).metadata);
}

/** Fly answers two simultaneous updates with this error and advises to read the Machine again and to repeat. */
function isRace(error: unknown): error is FlyError {
  return (
    error instanceof FlyError &&
    error.status === 409 &&
    /concurrent update/.test(error.details.detail)
  );
}
