import type { Context } from "hono";
import {
  EFFECT_NAMES,
  EFFECTS,
  type FaultChanges,
  type FaultFacts,
  type FaultPoint,
} from "./effects.ts";
import type { Faults } from "./rules.ts";

/**
 * Returns what the rules change at this point of the call `c` to the Fly API. Each effect that strikes counts as a hit of
 * its rule; without rules the result is empty.
 */
export function applyFault(
  faults: Faults,
  c: Context,
  point: FaultPoint,
  facts: FaultFacts = {},
): FaultChanges {
  if (faults.isEmpty()) return {};
  const { method, path } = c.req;
  let changes: FaultChanges = {};
  for (const name of EFFECT_NAMES) {
    const effect = EFFECTS[name];
    if (!effect.points.includes(point) || effect.canStrike?.(facts, changes) === false) continue;
    const hit = faults.strikeEffect({ api: "fly", method, path }, name);
    if (hit !== undefined) changes = { ...changes, ...effect.changes(hit.ms ?? effect.ms ?? 0) };
  }
  return changes;
}
