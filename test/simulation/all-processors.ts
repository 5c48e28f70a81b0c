/** Many seeds on all processors: a thread each, all of them running the module that asks for it. */
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

/** Good ones only count: their stories would be too much to send. */
const REPORT_EVERY = 1_000;

/**
 * The thread's side: every seed of its share.
 *
 * @param live one seed → what went wrong, as a person reads it, or undefined
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
 * The other side: prints how far it is, and the first faults.
 *
 * @param more for the threads, besides their share
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
  // A thread that ended early would otherwise count as good.
  return failed.length === 0 && ran === count ? 0 : 1;
}
