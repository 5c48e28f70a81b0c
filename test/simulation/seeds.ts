/** Runs many seeds in this process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedsFrom } from "./seed-range.ts";
import { simulate } from "./simulate.ts";
import type { Outcome, SimulationOptions } from "./simulate.ts";

/** Runs `use` with the URL of a folder that has the marker of a local backend. */
export async function withBackend<T>(use: (backend: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-simulation-"));
  writeFileSync(join(folder, ".flotilla-local"), "");
  try {
    return await use(`file://${folder}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Returns the outcome of the first seed with a violation, trying `hint` and then 1 to `last`; undefined without one.
 *
 * @param hint a seed that is known to show the violation
 */
export async function firstFault(
  last: number,
  options: SimulationOptions,
  hint?: number,
): Promise<Outcome | undefined> {
  for (const seed of seedsFrom(last, hint)) {
    const outcome = await simulate(seed, options);
    if (outcome.violations.length > 0) return outcome;
  }
  return undefined;
}

/** Formats an outcome for people: what happened, what is wrong, and how to replay it. */
export function formatOutcome({ seed, violations, story }: Outcome): string {
  return [
    `seed ${seed}, replay with: npm run test:simulation -- ${seed} 1`,
    ...story,
    ...violations.map((text) => `!! ${text}`),
  ].join("\n  ");
}
