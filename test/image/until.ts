import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until there is an answer, and returns it. Throws after `timeoutMs` (20 s) with what was waited for and the last
 * error. `undefined`, `false` and a throw mean: not yet.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain: ${what}`, { cause: last });
    }
    await sleep(25);
  }
}
