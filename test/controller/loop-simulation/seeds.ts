/** Many seeds in this process. */
import { simulate } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

/** The first seed from 1 to `last` that shows a fault, or undefined. */
export async function firstFault(last: number): Promise<Outcome | undefined> {
  for (let seed = 1; seed <= last; seed += 1) {
    const outcome = await simulate(seed);
    if (outcome.violations.length > 0) return outcome;
  }
  return undefined;
}

/** For a person: what happened, what is wrong, and how to see it again. */
export function formatOutcome({ seed, violations, story }: Outcome): string {
  return [
    `seed ${seed}, replay with: node test/controller/loop-simulation/run.ts ${seed} 1`,
    ...story,
    ...violations.map((text) => `!! ${text}`),
  ].join("\n  ");
}
