/** What a Machine's answer says about the things we own, in the words of the inputs. */
import type { MachineWire } from "../wire.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { isSameImage } from "./image.ts";
import type { MachineInputs } from "./inputs.ts";
import { changedParts, fingerprint, normalConfig } from "./normal-form.ts";

export interface LiveMachine {
  /** The state asked for while that is on its way or the proxy idles the Machine, else Fly's own word. */
  readonly state: string;
  readonly cordoned: boolean;
  /** Hash per part of the configuration; absent when the Machine's host can't tell it. */
  readonly parts?: Readonly<Record<string, string>>;
}

/** Source: Fly docs, machines/machine-states. */
const transientStates = [
  "created",
  "creating",
  "starting",
  "stopping",
  "restarting",
  "suspending",
  "updating",
  "replacing",
];
/** Longer than this on the way is stuck. Source: Fly docs, machines/machine-states. */
const stuckAfterMs = 5 * 60_000;

/** @param now milliseconds since 1970 */
export function describeLive(
  machine: MachineWire,
  inputs: MachineInputs,
  now: number,
): LiveMachine {
  const parts = livePartsOf(machine, inputs);
  return {
    state: liveState(machine, inputs, now),
    cordoned: machine.cordoned === true,
    ...(parts === undefined ? {} : { parts }),
  };
}

/** Parts in which the live configuration isn't what `inputs` ask for; all of them when it can't be told. */
export function partsToChange(machine: MachineWire, inputs: MachineInputs): readonly string[] {
  const desired = renderMachineConfig(inputs);
  const live = livePartsOf(machine, inputs);
  if (live === undefined) return ["config"];
  const wanted = fingerprint(normalConfig(desired, Object.keys(desired.metadata)));
  const isImage = isSameImage(desired.image, machine.config?.image ?? "", machine.image_ref ?? {});
  const { image: _image, ...others } = live;
  return [...(isImage ? [] : ["image"]), ...changedParts(wanted, others)];
}

/** Fly leaves `config` null when the Machine's host can't be reached. */
function livePartsOf(
  machine: MachineWire,
  inputs: MachineInputs,
): Readonly<Record<string, string>> | undefined {
  if (machine.config === undefined || machine.config === null) return undefined;
  const keys = Object.keys(renderMachineConfig(inputs).metadata);
  return { image: machine.config.image ?? "", ...fingerprint(normalConfig(machine.config, keys)) };
}

function liveState(machine: MachineWire, inputs: MachineInputs, now: number): string {
  const { state } = machine;
  if (state === inputs.state) return state;
  // Never launched: what a host beyond the effective count is.
  if (state === "created" && inputs.state === "stopped") return "stopped";
  if (transientStates.includes(state)) {
    const since = now - Date.parse(machine.updated_at ?? machine.created_at ?? "");
    return since < stuckAfterMs ? inputs.state : state;
  }
  const isAtRest = state === "stopped" || state === "suspended";
  return isAtRest && inputs.state === "started" && canIdle(inputs) ? inputs.state : state;
}

/** Does Fly Proxy stop and start this Machine by load? Then a stopped one is no drift. */
function canIdle(inputs: MachineInputs): boolean {
  const services = inputs.config["services"];
  return (
    Array.isArray(services) &&
    services.some((service: { autostop?: unknown }) =>
      ["stop", "suspend", true].some((on) => service.autostop === on),
    )
  );
}
