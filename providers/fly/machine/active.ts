/**
 * Which slots of a host are on. What the program wants stands in the environment (`FLOTILLA_SLOTS`, `ACTIVE_*`), which
 * a Machine reads at its boot only. A switch of a running host leaves two traces: `/flotilla/data/active.env`, which
 * outlives a reboot where there is a volume, and the metadata `active`, which is how it can be seen from here.
 */
import { z } from "zod";

import { canonical } from "../plain.ts";
import type { MachineWire } from "../wire.ts";

/** Slots that are on, per service with slots. */
export type ActiveSlots = Readonly<Record<string, number>>;

export const activeKey = "active";

/** What has a configuration: a Machine's inputs, or the Machine itself. */
interface Configured {
  readonly config: Readonly<Record<string, unknown>>;
}

const markShape = z.object({
  /** The Machine's last start when the switch was made, as Fly told it: milliseconds since 1970. */
  since: z.number(),
  slots: z.record(z.string(), z.number()),
  /** The switch has begun, and may or may not be done. */
  begun: z.boolean().optional(),
});

/** What is on isn't known: a switch was begun and its end wasn't noted. */
const unknownCount = -1;

/** Is that variable read at boot only, so that it says nothing about what runs? */
export function isBootDefault(name: string): boolean {
  return name.startsWith("ACTIVE_");
}

export function desiredActive(inputs: Configured): ActiveSlots {
  return bootActive(inputs.config["env"], slotNames(inputs));
}

/**
 * What is on in a started Machine that has slots (-1: not known), else undefined. A switch counts when it was made after the Machine's
 * last start, and on a host with a volume always; otherwise the Machine runs what its environment said at boot.
 */
export function liveActive(machine: MachineWire, inputs: Configured): ActiveSlots | undefined {
  const names = slotNames(inputs);
  const { config } = machine;
  if (names.length === 0 || machine.state !== "started" || !config) return undefined;
  const booted = bootActive(config["env"], names);
  const mark = readMark(machine);
  if (mark === undefined) return booted;
  const outlivesBoot = (config.mounts ?? []).length > 0;
  if (!outlivesBoot && mark.since !== lastStart(machine)) return booted;
  if (mark.begun === true) return Object.fromEntries(names.map((name) => [name, unknownCount]));
  return Object.fromEntries(names.map((name) => [name, mark.slots[name] ?? booted[name] ?? 0]));
}

export function isSameActive(a: ActiveSlots, b: ActiveSlots): boolean {
  return canonical(a) === canonical(b);
}

/**
 * The value of metadata `active` for a switch of this Machine, as it was seen before. It is written when the switch
 * begins and when it has ended, so that one that was cut off shows.
 */
export function activeMark(
  machine: MachineWire,
  slots: ActiveSlots,
  stage: "begun" | "done",
): string {
  return JSON.stringify({
    since: lastStart(machine),
    slots,
    ...(stage === "begun" ? { begun: true } : {}),
  });
}

/** A write of the configuration must say it again where the switch outlives the boot, and forget it elsewhere. */
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
    return undefined; // somebody's own word under our key
  }
}

function lastStart(machine: MachineWire): number {
  const starts = (machine.events ?? [])
    .filter(({ type, status }) => type === "start" && status === "started")
    .map(({ timestamp }) => timestamp ?? 0);
  return Math.max(0, ...starts);
}

/** How many slots a host has, per service: `worker=4 mailer=2` in `FLOTILLA_SLOTS`. */
export function slotCounts(inputs: Configured): Readonly<Record<string, number>> {
  const slots = variable(inputs.config["env"], "FLOTILLA_SLOTS") ?? "";
  return Object.fromEntries(
    slots.split(" ").flatMap((entry) => {
      const [name, count] = entry.split("=");
      return name ? [[name, Number(count) || 0]] : [];
    }),
  );
}

function slotNames(inputs: Configured): readonly string[] {
  return Object.keys(slotCounts(inputs));
}

function bootActive(environment: unknown, names: readonly string[]): ActiveSlots {
  return Object.fromEntries(
    names.map((name) => {
      const count = variable(environment, `ACTIVE_${name.toUpperCase().replaceAll("-", "_")}`);
      return [name, Number.parseInt(count ?? "0", 10) || 0];
    }),
  );
}

function variable(environment: unknown, name: string): string | undefined {
  if (typeof environment !== "object" || environment === null) return undefined;
  const value = Object.entries(environment).find(([key]) => key === name)?.[1] as unknown;
  return typeof value === "string" ? value : undefined;
}
