/** Describes a Machine, as Fly answers it, in the terms of its inputs, limited to what flotilla owns. */
import type { SlotCounts } from "../../../compiler/model/machine-config.ts";
import type { MachineWire } from "../api/wire.ts";
import { desiredSlots, observedActive } from "./slot-activation.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { isSameImage } from "./image-reference.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { changedParts, fingerprint, legacyEnvironment, normalConfig } from "./normal-form.ts";

export interface ObservedMachine {
  /** The desired state while the Machine is on its way to it or idled by the proxy, else Fly's state. */
  readonly state: string;
  readonly cordoned: boolean;
  /** Hash per part of the configuration. Absent while the Machine's server can't be reached. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Slots that are on. Absent unless the Machine runs. */
  readonly active?: SlotCounts;
  /** Fly's status of the server that the Machine is on, unless it is `ok`. */
  readonly hostStatus?: string;
  /** Ids of additional Machines of this host, sorted. */
  readonly duplicates?: readonly string[];
}

/** Transitions whose target the state doesn't name. Source: Fly docs, machines/machine-states. */
const transientStates = ["created", "creating", "updating", "replacing"];
const startingStates = ["starting", "restarting"];
const stoppingStates = ["stopping", "suspending"];
/** A longer transition is stuck. Source: Fly docs, machines/machine-states. */
const stuckAfterMs = 5 * 60_000;

/**
 * Returns the description of a Machine for the state.
 *
 * @param now milliseconds since 1970
 */
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

/** Says whether Fly reaches the Machine's server. If not, it is unknown whether the Machine runs, and it can't be changed. */
export function isReachable({ host_status: status }: MachineWire): boolean {
  return status === undefined || status === null || status === "" || status === "ok";
}

/** Says whether a start or stop of the Machine takes longer than it ever should. */
export function isStuck(machine: MachineWire, now: number): boolean {
  const isInTransition = [...startingStates, ...stoppingStates].includes(machine.state);
  return isInTransition && now - Date.parse(machine.updated_at ?? "") >= stuckAfterMs;
}

/** Returns the parts in which the live configuration differs from the inputs; `config` if Fly doesn't tell it. */
export function partsToChange(machine: MachineWire, inputs: MachineInputs): readonly string[] {
  const desired = renderMachineConfig(inputs);
  const live = observedParts(machine, inputs);
  if (live === undefined) return ["config"];
  const wanted = fingerprint(normalConfig(desired, Object.keys(desired.metadata)));
  const isImage = isSameImage(desired.image, machine.config?.image ?? "", machine.image_ref ?? {});
  const { image: _image, ...others } = live;
  return [...(isImage ? [] : ["image"]), ...changedParts(wanted, others)];
}

/** Returns undefined if the Machine's server can't be reached: then Fly answers `config: null`. */
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
  // Nothing runs in these states, and the next start or write leaves them.
  if (inputs.state === "stopped" && (state === "created" || state === "failed")) return "stopped";
  const arrival = arrivalOf(state, inputs.state);
  if (arrival !== undefined) {
    const since = now - Date.parse(machine.updated_at ?? machine.created_at ?? "");
    if (since >= stuckAfterMs) return state;
    return arrival === "stopped" && canIdle(inputs) ? inputs.state : arrival;
  }
  const isStopped = state === "stopped" || state === "suspended";
  return isStopped && inputs.state === "started" && canIdle(inputs) ? inputs.state : state;
}

/** Returns the state that a Machine in transition will reach; undefined if it isn't in transition. */
function arrivalOf(state: string, wanted: MachineInputs["state"]): string | undefined {
  if (transientStates.includes(state)) return wanted;
  if (startingStates.includes(state)) return "started";
  return stoppingStates.includes(state) ? "stopped" : undefined;
}

/** Says whether Fly Proxy stops and starts this Machine by load: then a stopped Machine isn't drift. */
function canIdle(inputs: MachineInputs): boolean {
  return inputs.config.services.some(({ autostop }) => autostop === "stop");
}
