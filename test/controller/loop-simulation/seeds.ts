/** Many seeds in this process. */
import { seedsFrom } from "../../simulation/seed-range.ts";
import { simulate } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

/**
 * The first seed that shows a fault, of `hint` and then 1 to `last`; undefined without one.
 *
 * @param hint a seed that showed it before
 */
export async function firstFault(last: number, hint?: number): Promise<Outcome | undefined> {
  for (const seed of seedsFrom(last, hint)) {
    const outcome = await simulate(seed);
    if (outcome.violations.length > 0) return outcome;
  }
  return undefined;
}

/** Formats a life for a person: what happened, what is wrong, and how to replay it. */
export function formatOutcome({ seed, violations, story }: Outcome): string {
  return [
    `seed ${seed}, replay with: node test/controller/loop-simulation/run.ts ${seed} 1`,
    ...story,
    ...violations.map((text) => `!! ${text}`),
  ].join("\n  ");
}
