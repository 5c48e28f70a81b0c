/** A random selection of faults, the same for the same seed. Each fault ends by itself. */
import type { Fault } from "./rules.ts";
import { ANY_PATH, PRESET_NAMES, presetOf, type PresetName } from "./presets.ts";
import { createRandom, type Random } from "../machines/random.ts";

export interface FaultPlanOptions {
  /** Presets to choose from. Default: all. */
  readonly presets?: readonly PresetName[];
  /** Upper bound of the number of faults; the lower bound is 0. Default: 4. */
  readonly most?: number;
  /** Each fault strikes within the first so many calls that it matches. Default: 6. */
  readonly spread?: number;
}

/** The calls a provider makes: presets that match any write strike one of these. */
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
 * Returns faults for `faults.add`. Each strikes once or twice, at a call that the seed decides too; the same seed and options
 * always give the same faults.
 */
export function createFaultPlan(seed: number, options: FaultPlanOptions = {}): readonly Fault[] {
  const { presets = PRESET_NAMES, most = 4, spread = 6 } = options;
  const random = createRandom(seed);
  const count = Math.floor(random() * (most + 1));
  return Array.from({ length: count }, () => {
    const preset = pick(random, presets);
    const { fault } = presetOf(preset);
    const target = fault.path === ANY_PATH ? pick(random, TARGETS) : undefined;
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
  if (picked === undefined) throw new RangeError("there are no presets to choose from");
  return picked;
}
