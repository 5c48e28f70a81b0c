/** Puts the previous configuration back on a host that the new one made unhealthy. */
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

/** The new version itself was tried and found wanting; anything else may be Fly's trouble, not the version's. */
const verdicts = ["unhealthy", "failed", "not_started", "reverted"];

interface FailedChange {
  readonly fly: Fly;
  readonly inputs: MachineInputs;
  readonly raw: Properties;
  readonly olds: Properties;
  /** As it was before. */
  readonly kept: MachineWire;
  readonly error: unknown;
}

/**
 * What to throw: with `isBack` the host is healthy on its previous configuration, as if nothing had been written.
 * Otherwise there was nothing to go back to, or that failed too.
 */
export async function rollBack(failed: FailedChange): Promise<{ error: unknown; isBack: boolean }> {
  const { fly, inputs, kept, error } = failed;
  if (!(error instanceof FlyError) || !verdicts.includes(error.code))
    return { error, isBack: false };
  const previous = previousInputs(failed);
  if (previous === undefined) return { error, isBack: false };
  const back = `the previous configuration (${previous.config.image})`;
  let healthy: MachineWire;
  try {
    const machine = await rereadMachine(fly, previous, kept);
    const isBack = partsToChange(machine, previous).length === 0 && machine.state !== "failed";
    healthy = await startAndWaitHealthy(fly, previous, {
      machine: isBack ? machine : await updateMachine(fly, previous, machine, failed.raw),
      isBooting: !isBack,
      isConfigured: true,
    });
  } catch (second) {
    if (!(second instanceof FlyError)) throw second;
    const tried = `putting ${back} back, which failed: ${second.details.detail}`;
    return { error: explain(error, { tried }), isBack: false };
  }
  const others = hostsChangedBefore(fly, inputs);
  const told = explain(error, {
    tried:
      `putting ${back} back: ${inputs.name} is healthy on it again (version ${healthy.instance_id ?? "unknown"})` +
      (others.length === 0 ? "" : `; ${others.join(", ")} had changed before and stay so`),
    hint: `Only ${[...others, inputs.name].join(", ")} had the new configuration (${inputs.config.image}). Correct the spec or the image and run it again.`,
  });
  return { error: told, isBack: true };
}

/** What state says it ran before, if it ran well and was something else. */
function previousInputs({ inputs, raw, olds }: FailedChange): MachineInputs | undefined {
  const previous = machineInputsShape.safeParse(olds).data;
  const isKnownGood = previous?.state === "started" && olds["settled"] !== false;
  if (!isKnownGood || previous.volumeId !== inputs.volumeId || !isOtherSpec(olds, raw))
    return undefined;
  return { ...previous, secretsVersion: inputs.secretsVersion };
}
