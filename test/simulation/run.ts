/** `npm run test:simulation [-- FROM COUNT]`: many seeds on all processors, and how to replay the one that fails. */
import { isMainThread, workerData } from "node:worker_threads";
import { liveAll, liveShare } from "./all-processors.ts";
import type { Share } from "./all-processors.ts";
import { formatOutcome, withBackend } from "./seeds.ts";
import { simulate } from "./simulate.ts";

if (isMainThread) {
  const [from = "1", count = "10000"] = process.argv.slice(2);
  process.exitCode = await withBackend((backend) =>
    liveAll(import.meta.url, Number(from), Number(count), { backend }),
  );
} else {
  const { backend, ...share } = workerData as Share & { readonly backend: string };
  await liveShare(share, async (seed) => {
    const outcome = await simulate(seed, { backend });
    return outcome.violations.length === 0 ? undefined : formatOutcome(outcome);
  });
}
