/** A random selection of faults that is the same for the same seed. Every one of them ends by itself. */
import type { Fault } from "./rules.ts";
import { PRESET_NAMES, PRESETS, type PresetName } from "./presets.ts";
import { createRandom, type Random } from "../machines/random.ts";

export interface FaultPlanOptions {
  /** What it chooses from. Default: all presets. */
  readonly presets?: readonly PresetName[];
  /** At most so many faults, at least none. Default: 4. */
  readonly most?: number;
  /** A fault strikes one of the first so many calls that it fits. Default: 6. */
  readonly spread?: number;
}

/** For presets that fit any write: the calls a provider makes. */
const TARGETS: readonly { readonly method: string; readonly path: string }[] = [
  { method: "POST", path: "/apps$" },
  { method: "POST", path: "/machines$" },
  { method: "POST", path: "/machines$" },
  { method: "POST", path: "/machines/[0-9a-f]{14}$" },
  { method: "POST", path: "/machines/[0-9a-f]{14}$" },
  { method: "DELETE", path: "/machines/[0-9a-f]{14}$" },
  { method: "POST", path: "/(start|stop|cordon|uncordon)$" },
  { method: "POST", path: "/exec$" },
  { method: "POST", path: "/lease$" },
  { method: "DELETE", path: "/lease$" },
  { method: "POST,PATCH,PUT", path: "/metadata(/[^/]+)?$" },
  { method: "POST", path: "/volumes$" },
  { method: "PUT", path: "/volumes/[^/]+/extend$" },
  { method: "POST,DELETE", path: "/secrets(/[^/]+)?$" },
  { method: "POST", path: "/ip_assignments$" },
  { method: "GET", path: "/(machines|volumes|secrets|ip_assignments)$" },
  { method: "GET", path: "/machines/[0-9a-f]{14}(/wait)?$" },
];

/**
 * Faults for `faults.add`, by seed: each strikes once or twice, at a call that the seed decides too. The same seed and
 * options always give the same faults.
 */
export function createFaultPlan(seed: number, options: FaultPlanOptions = {}): readonly Fault[] {
  const { presets = PRESET_NAMES, most = 4, spread = 6 } = options;
  const random = createRandom(seed);
  const count = Math.floor(random() * (most + 1));
  return Array.from({ length: count }, () => {
    const preset = pick(random, presets);
    const fault = PRESETS[preset].fault;
    const target = fault.path === "^/v1/" ? pick(random, TARGETS) : undefined;
    return {
      preset,
      ...target,
      skip: Math.floor(random() * random() * spread),
      times: random() < 0.8 ? 1 : 2,
    };
  });
}

function pick<T>(random: Random, from: readonly T[]): T {
  const index = Math.floor(random() * from.length);
  const picked = from[index];
  if (picked === undefined) throw new RangeError("there is nothing to choose from");
  return picked;
}
