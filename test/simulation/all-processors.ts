/** Runs many seeds on all processors, with one thread each that runs the calling module. */
import { availableParallelism } from "node:os";
import { parentPort, Worker } from "node:worker_threads";

/** Seeds of one thread. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

interface Progress {
  readonly good: number;
  readonly failed?: string;
}

const SHOWN_FAULTS = 10;

/** Good seeds are reported as a number only, since their stories would be too much data. */
const REPORT_EVERY = 1_000;

/**
 * Runs every seed of a thread's share, in that thread.
 *
 * @param live runs one seed and returns what went wrong, as text for people, or undefined
 */
export async function liveShare(
  { from, to, step }: Share,
  live: (seed: number) => Promise<string | undefined>,
): Promise<void> {
  let good = 0;
  for (let seed = from; seed < to; seed += step) {
    const failed = await live(seed);
    if (failed === undefined) good += 1;
    else report({ good: 0, failed });
    if (good < REPORT_EVERY) continue;
    report({ good });
    good = 0;
  }
  report({ good });
}

function report(progress: Progress): void {
  parentPort?.postMessage(progress, []);
}

/**
 * Starts the threads and prints the progress and the first failures.
 *
 * @param more worker data for the threads, besides their share
 * @returns an exit code
 */
export async function liveAll(
  module: string,
  from: number,
  count: number,
  more: object = {},
): Promise<number> {
  const started = performance.now();
  const failed: string[] = [];
  let ran = 0;
  const threads = Math.min(availableParallelism(), count);
  await Promise.all(
    Array.from({ length: threads }, async (_, index) => {
      const share: Share = { from: from + index, to: from + count, step: threads };
      const worker = new Worker(new URL(module), { workerData: { ...more, ...share } });
      worker.on("message", ({ good, failed: text }: Progress) => {
        ran += good;
        if (text === undefined) return console.log(`${ran} seeds`);
        ran += 1;
        failed.push(text);
      });
      await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    }),
  );
  for (const text of failed.slice(0, SHOWN_FAULTS)) console.log(`\n${text}`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${ran} seeds in ${seconds} s, ${failed.length} failed`);
  // Without this a thread that ended early would count as good.
  return failed.length === 0 && ran === count ? 0 : 1;
}
