/**
 * Which slots of a host are on. The program says it in the record `active`; a Machine reads it from its environment at
 * boot only. A switch of a running host leaves two traces: `/flotilla/data/active.env`, which outlives a reboot where
 * there is a volume, and the metadata `active`, which shows the switch to this provider.
 */
import { z } from "zod";

import { slotCountsShape } from "../../../compiler/model/machine-config.ts";
import type { SlotCounts } from "../../../compiler/model/machine-config.ts";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import type { MachineWire } from "../api/wire.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { bootActive, slotsOfEnvironment } from "./slot-environment.ts";

export const activeKey = "active";

const markShape = z.object({
  /** The Machine's last start before the switch, as Fly tells it: milliseconds since 1970. */
  since: z.number(),
  slots: slotCountsShape,
  /** The switch has begun; whether it was completed is unknown. */
  begun: z.boolean().optional(),
});

/** Stands for a count that is unknown, because a switch began and its end wasn't recorded. */
const unknownCount = -1;

/** Returns the slots that a host should have, per service. */
export function desiredSlots({ slots, config }: MachineInputs): SlotCounts {
  return slots ?? slotsOfEnvironment(config.env).slots;
}

/** Returns how many slots should be on, for every service that has slots. */
export function desiredActive(inputs: MachineInputs): SlotCounts {
  const { slots, active } = inputs;
  if (slots === undefined || active === undefined)
    return slotsOfEnvironment(inputs.config.env).active;
  return Object.fromEntries(Object.keys(slots).map((name) => [name, active[name] ?? 0]));
}

/** As `observedActive`, for the services that the Machine's own environment names. */
export function observedActiveSlots(machine: MachineWire): SlotCounts | undefined {
  const { slots } = slotsOfEnvironment(machine.config?.env ?? {});
  return observedActive(machine, slots);
}

/**
 * Returns what is on in a started Machine that has slots (-1: unknown), else undefined. A switch counts if it was made
 * after the Machine's last start, and on a host with a volume always; otherwise the Machine runs what its environment
 * said at boot.
 */
export function observedActive(machine: MachineWire, slots: SlotCounts): SlotCounts | undefined {
  const names = Object.keys(slots);
  const { config } = machine;
  if (names.length === 0 || machine.state !== "started" || !config) return undefined;
  const booted = bootActive(config.env ?? {}, names);
  const mark = readMark(machine);
  if (mark === undefined) return booted;
  const outlivesBoot = (config.mounts ?? []).length > 0;
  if (!outlivesBoot && mark.since !== lastStart(machine)) return booted;
  if (mark.begun === true) return Object.fromEntries(names.map((name) => [name, unknownCount]));
  return Object.fromEntries(names.map((name) => [name, mark.slots[name] ?? booted[name] ?? 0]));
}

export function isSameActive(a: unknown, b: SlotCounts): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/**
 * Returns the value of the metadata `active` for a switch of the Machine. It is written when the switch begins and when it
 * has ended, so that an interrupted switch shows.
 */
export function activeMark(
  machine: MachineWire,
  slots: SlotCounts,
  stage: "begun" | "done",
): string {
  return JSON.stringify({
    since: lastStart(machine),
    slots,
    ...(stage === "begun" ? { begun: true } : {}),
  });
}

/** Returns the mark for a write of the configuration, if the switch outlives the boot: on a host with a volume. */
export function keptMark(machine: MachineWire): Readonly<Record<string, string>> {
  const mark = machine.config?.metadata?.[activeKey];
  return mark !== undefined && (machine.config?.mounts ?? []).length > 0
    ? { [activeKey]: mark }
    : {};
}

function readMark(machine: MachineWire): z.infer<typeof markShape> | undefined {
  const text = machine.config?.metadata?.[activeKey];
  if (text === undefined) return undefined;
  try {
    return markShape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // the key holds somebody else's text
  }
}

function lastStart(machine: MachineWire): number {
  const starts = (machine.events ?? [])
    .filter(({ type, status }) => type === "start" && status === "started")
    .map(({ timestamp }) => timestamp ?? 0);
  return Math.max(0, ...starts);
}
