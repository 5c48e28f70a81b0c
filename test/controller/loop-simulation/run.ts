/**
 * `node test/controller/loop-simulation/run.ts [FROM = 1] [COUNT = 1000]`: many seeds on all processors, and how to
 * replay the one that fails.
 */
import { isMainThread, workerData } from "node:worker_threads";
import { liveAll, liveShare } from "../../simulation/all-processors.ts";
import type { Share } from "../../simulation/all-processors.ts";
import { simulate } from "./simulate.ts";
import { formatOutcome } from "./seeds.ts";

if (isMainThread) {
  const [from = "1", count = "1000"] = process.argv.slice(2);
  process.exitCode = await liveAll(import.meta.url, Number(from), Number(count));
} else {
  await liveShare(workerData as Share, async (seed) => {
    const outcome = await simulate(seed);
    return outcome.violations.length === 0 ? undefined : formatOutcome(outcome);
  });
}
