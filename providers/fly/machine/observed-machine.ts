/** What a Machine's answer says about the things we own, in the words of the inputs. */
import type { SlotCounts } from "../../../compiler/model/machine-config.ts";
import type { MachineWire } from "../api/wire.ts";
import { desiredSlots, observedActive } from "./slot-activation.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { isSameImage } from "./image-reference.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { changedParts, fingerprint, legacyEnvironment, normalConfig } from "./normal-form.ts";

export interface ObservedMachine {
  /** The state asked for while that is on its way or the proxy idles the Machine, else Fly's own word. */
  readonly state: string;
  readonly cordoned: boolean;
  /** Hash per part of the configuration; absent when the Machine's host can't tell it. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Slots that are on, while it runs. */
  readonly active?: SlotCounts;
  /** Fly's word for the server the Machine is on, when it isn't `ok`. */
  readonly hostStatus?: string;
  /** Ids of further Machines that are this host too, sorted. */
  readonly duplicates?: readonly string[];
}

/** On the way somewhere that the state doesn't tell. Source: Fly docs, machines/machine-states. */
const transientStates = ["created", "creating", "updating", "replacing"];
const startingStates = ["starting", "restarting"];
const stoppingStates = ["stopping", "suspending"];
/** Longer than this on the way is stuck. Source: Fly docs, machines/machine-states. */
const stuckAfterMs = 5 * 60_000;

/** @param now milliseconds since 1970 */
export function describeMachine(
  machine: MachineWire,
  inputs: MachineInputs,
  now: number,
): ObservedMachine {
  const parts = observedParts(machine, inputs);
  const active = observedActive(machine, desiredSlots(inputs));
  return {
    state: observedState(machine, inputs, now),
    cordoned: machine.cordoned === true,
    ...(parts === undefined
      ? {}
      : { parts: { ...parts, ...legacyEnvironment(machine.config ?? {}) } }),
    ...(active === undefined ? {} : { active }),
    ...(isReachable(machine) ? {} : { hostStatus: machine.host_status ?? "unknown" }),
  };
}

/** Can Fly talk to the server the Machine is on? Otherwise it may run or not, and nothing can be done to it. */
export function isReachable({ host_status: status }: MachineWire): boolean {
  return status === undefined || status === null || status === "" || status === "ok";
}

/** Has it been on its way somewhere for longer than that takes? */
export function isStuck(machine: MachineWire, now: number): boolean {
  const isOnItsWay = [...startingStates, ...stoppingStates].includes(machine.state);
  return isOnItsWay && now - Date.parse(machine.updated_at ?? "") >= stuckAfterMs;
}

/** Parts in which the live configuration isn't what `inputs` ask for; all of them when it can't be told. */
export function partsToChange(machine: MachineWire, inputs: MachineInputs): readonly string[] {
  const desired = renderMachineConfig(inputs);
  const live = observedParts(machine, inputs);
  if (live === undefined) return ["config"];
  const wanted = fingerprint(normalConfig(desired, Object.keys(desired.metadata)));
  const isImage = isSameImage(desired.image, machine.config?.image ?? "", machine.image_ref ?? {});
  const { image: _image, ...others } = live;
  return [...(isImage ? [] : ["image"]), ...changedParts(wanted, others)];
}

/** Fly leaves `config` null when the Machine's host can't be reached. */
function observedParts(
  machine: MachineWire,
  inputs: MachineInputs,
): Readonly<Record<string, string>> | undefined {
  if (machine.config === undefined || machine.config === null) return undefined;
  const keys = Object.keys(renderMachineConfig(inputs).metadata);
  return { image: machine.config.image ?? "", ...fingerprint(normalConfig(machine.config, keys)) };
}

function observedState(machine: MachineWire, inputs: MachineInputs, now: number): string {
  const { state } = machine;
  if (state === inputs.state) return state;
  // Nothing runs, and the next start or write brings it on its way.
  if (inputs.state === "stopped" && (state === "created" || state === "failed")) return "stopped";
  const arrival = arrivalOf(state, inputs.state);
  if (arrival !== undefined) {
    const since = now - Date.parse(machine.updated_at ?? machine.created_at ?? "");
    if (since >= stuckAfterMs) return state;
    return arrival === "stopped" && canIdle(inputs) ? inputs.state : arrival;
  }
  const isAtRest = state === "stopped" || state === "suspended";
  return isAtRest && inputs.state === "started" && canIdle(inputs) ? inputs.state : state;
}

/** Where a Machine on its way will be; undefined when it is on none. */
function arrivalOf(state: string, wanted: MachineInputs["state"]): string | undefined {
  if (transientStates.includes(state)) return wanted;
  if (startingStates.includes(state)) return "started";
  return stoppingStates.includes(state) ? "stopped" : undefined;
}

/** Does Fly Proxy stop and start this Machine by load? Then a stopped one is no drift. */
function canIdle(inputs: MachineInputs): boolean {
  return inputs.config.services.some(({ autostop }) => autostop === "stop");
}
