/** Measures how long runs take, in seconds, and formats the figures. */
import { cpus, totalmem } from "node:os";

export interface Times {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Runs all subjects in turn, `runs` times, so that the computer's other load affects them alike. */
export async function measureInTurn<Subjects extends readonly (() => Promise<unknown>)[]>(
  runs: number,
  subjects: readonly [...Subjects],
): Promise<{ [Index in keyof Subjects]: Times }> {
  const times = subjects.map((): number[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, subject] of subjects.entries()) times[index]?.push(await timed(subject));
  }
  return times.map(summary) as { [Index in keyof Subjects]: Times };
}

/** Runs the subject `runs` times. */
export async function measure(runs: number, subject: () => Promise<unknown>): Promise<Times> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timed(subject));
  return summary(times);
}

/**
 * Returns the least of the times that `share` of them (0 to 1) don't exceed.
 *
 * @throws when there are no times
 */
export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error("no runs");
  return found;
}

/** Returns `median s (min … max)`. */
export function formatTimes({ min, median, max }: Times): string {
  return `${median.toFixed(2)} s (${min.toFixed(2)} … ${max.toFixed(2)})`;
}

/** Returns the processor, memory and Node of this computer, the first line of every report. */
export function describeMachine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${gib} GiB, Node ${process.version}`;
}

/** Returns the seconds that `run` takes. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

/** @throws when there are no times */
export function summary(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || middle === undefined || max === undefined) throw new Error("no runs");
  return { min, median: middle, max };
}
