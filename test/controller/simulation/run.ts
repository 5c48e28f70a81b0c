/** `node test/controller/simulation/run.ts [FROM COUNT]`: many seeds on all processors, and how to replay the one that fails. */
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { formatOutcome } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

interface Progress {
  readonly good: number;
  readonly failed?: Outcome;
}

const shownFaults = 10;

/** Good ones only count: their stories would be too much to send. */
const REPORT_EVERY = 1_000;

function work({ from, to, step }: Share): void {
  let good = 0;
  for (let seed = from; seed < to; seed += step) {
    const outcome = simulate(seed);
    if (outcome.violations.length > 0) parentPort?.postMessage({ good: 0, failed: outcome }, []);
    else good += 1;
    if (good < REPORT_EVERY) continue;
    parentPort?.postMessage({ good }, []);
    good = 0;
  }
  parentPort?.postMessage({ good }, []);
}

async function main(from: number, count: number): Promise<number> {
  const started = performance.now();
  const failed: Outcome[] = [];
  let ran = 0;
  const threads = Math.min(availableParallelism(), count);
  await Promise.all(
    Array.from({ length: threads }, async (_, index) => {
      const share: Share = { from: from + index, to: from + count, step: threads };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.on("message", ({ good, failed: outcome }: Progress) => {
        ran += good;
        if (outcome === undefined) return console.log(`${ran} seeds`);
        ran += 1;
        failed.push(outcome);
      });
      await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    }),
  );
  for (const outcome of failed.slice(0, shownFaults)) console.log(`\n${formatOutcome(outcome)}`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${ran} seeds in ${seconds} s, ${failed.length} failed`);
  // A thread that ended early would otherwise count as good.
  return failed.length === 0 && ran === count ? 0 : 1;
}

if (isMainThread) {
  const [from = "1", count = "100000"] = process.argv.slice(2);
  process.exitCode = await main(Number(from), Number(count));
} else work(workerData as Share);
