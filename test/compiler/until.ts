import { setTimeout as wait } from "node:timers/promises";

/** Asks until there is an answer; what goes wrong on the way is told if the time runs out. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  seconds = 20,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown = "no answer";
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await wait(20);
  }
  throw new Error(`${what}: not within ${seconds} s`, { cause: last });
}
