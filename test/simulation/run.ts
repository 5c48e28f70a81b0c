/** `npm run test:simulation [-- FROM COUNT]`: many seeds on all processors, and how to replay the one that fails. */
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { formatOutcome, withBackend } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

interface Share {
  readonly backend: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const shownFaults = 10;

async function work({ backend, from, to, step }: Share): Promise<void> {
  for (let seed = from; seed < to; seed += step)
    parentPort?.postMessage(await simulate(seed, { backend }), []);
}

async function main(backend: string, from: number, count: number): Promise<number> {
  const started = performance.now();
  const failed: Outcome[] = [];
  let ran = 0;
  const threads = Math.min(availableParallelism(), count);
  await Promise.all(
    Array.from({ length: threads }, async (_, index) => {
      const share: Share = { backend, from: from + index, to: from + count, step: threads };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.on("message", (outcome: Outcome) => {
        ran += 1;
        if (outcome.violations.length > 0) failed.push(outcome);
        if (ran % 1_000 === 0) console.log(`${ran} seeds`);
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
  const [from = "1", count = "10000"] = process.argv.slice(2);
  process.exitCode = await withBackend((backend) => main(backend, Number(from), Number(count)));
} else await work(workerData as Share);
