/** Rolls a host back to its previous configuration after the new one failed. */
import type { Fly } from "../api/client.ts";
import { explain, FlyError } from "../api/errors.ts";
import type { Properties } from "../../dynamic/resource-methods.ts";
import type { MachineWire } from "../api/wire.ts";
import { isOtherSpec } from "./diff.ts";
import { hostsChangedBefore } from "./rollout-gate.ts";
import { machineInputsShape } from "./machine-inputs.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { partsToChange } from "./observed-machine.ts";
import { rereadMachine, startAndWaitHealthy } from "./bring-up.ts";
import { updateMachine } from "./update.ts";

/** Errors that show that the new version is bad. Any other error may be trouble at Fly. */
const badVersionCodes = ["unhealthy", "failed", "not_started", "reverted"];

interface FailedChange {
  readonly fly: Fly;
  readonly inputs: MachineInputs;
  readonly raw: Properties;
  readonly olds: Properties;
  /** The Machine before the change. */
  readonly kept: MachineWire;
  readonly error: unknown;
}

/**
 * Returns the error to throw. With `isRolledBack` the host is healthy on its previous configuration. Otherwise the error
 * doesn't ask for a rollback, there is no previous configuration, or the rollback failed too.
 */
export async function rollBack(
  failed: FailedChange,
): Promise<{ error: unknown; isRolledBack: boolean }> {
  const { fly, inputs, kept, error } = failed;
  if (!(error instanceof FlyError) || !badVersionCodes.includes(error.code))
    return { error, isRolledBack: false };
  const previous = previousInputs(failed);
  if (previous === undefined) return { error, isRolledBack: false };
  const back = `the previous configuration (${previous.config.image})`;
  let healthy: MachineWire;
  try {
    const machine = await rereadMachine(fly, previous, kept);
    const isPrevious = partsToChange(machine, previous).length === 0 && machine.state !== "failed";
    healthy = await startAndWaitHealthy(fly, previous, {
      machine: isPrevious ? machine : await updateMachine(fly, previous, machine, failed.raw),
      isBooting: !isPrevious,
      isConfigured: true,
    });
  } catch (second) {
    if (!(second instanceof FlyError)) throw second;
    const tried = `putting ${back} back, which failed: ${second.details.detail}`;
    return { error: explain(error, { tried }), isRolledBack: false };
  }
  const others = hostsChangedBefore(fly, inputs);
  const explained = explain(error, {
    tried:
      `putting ${back} back: ${inputs.name} is healthy on it again (version ${healthy.instance_id ?? "unknown"})` +
      (others.length === 0
        ? ""
        : `; ${others.join(", ")} changed before and keep the new configuration`),
    hint: `Only ${[...others, inputs.name].join(", ")} had the new configuration (${inputs.config.image}). Correct the spec or the image and run it again.`,
  });
  return { error: explained, isRolledBack: true };
}

/** Returns the inputs of the previous run from the state, if it ended well and asked for another configuration. */
function previousInputs({ inputs, raw, olds }: FailedChange): MachineInputs | undefined {
  const previous = machineInputsShape.safeParse(olds).data;
  const isKnownGood = previous?.state === "started" && olds["settled"] !== false;
  if (!isKnownGood || previous.volumeId !== inputs.volumeId || !isOtherSpec(olds, raw))
    return undefined;
  return { ...previous, secretsVersion: inputs.secretsVersion };
}
