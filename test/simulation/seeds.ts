/** Many seeds in this process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulate } from "./simulate.ts";
import type { Outcome, SimulationOptions } from "./simulate.ts";

/** Runs `use` with the URL of a folder that passes for a local backend. */
export async function withBackend<T>(use: (backend: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-simulation-"));
  writeFileSync(join(folder, ".flotilla-local"), "");
  try {
    return await use(`file://${folder}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The first seed from 1 to `last` that shows a fault, or undefined. */
export async function firstFault(
  last: number,
  options: SimulationOptions,
): Promise<Outcome | undefined> {
  for (let seed = 1; seed <= last; seed += 1) {
    const outcome = await simulate(seed, options);
    if (outcome.violations.length > 0) return outcome;
  }
  return undefined;
}

/** For a person: what happened, what is wrong, and how to see it again. */
export function formatOutcome({ seed, violations, story }: Outcome): string {
  return [
    `seed ${seed}, replay with: npm run test:simulation -- ${seed} 1`,
    ...story,
    ...violations.map((text) => `!! ${text}`),
  ].join("\n  ");
}
