/**
 * Seeded mutations of valid specs through `validate`, `compile` and `formatDiagnostic`. Exit code 1 if one of them
 * throws, points outside its file, takes more than a second or if the process needs more than 256 MB.
 *
 *     node test/compiler/search-mutations.ts [count = 100000] [first seed = 1]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { MOST_SECONDS, runMutation } from "./mutation-run.ts";

const MOST_MB = 256;

/** V8 collects garbage as late as it can: a small heap shows how much memory is really needed. */
const SMALL_HEAP = ["--max-old-space-size=96", "--max-semi-space-size=4"];

if (process.execArgv.includes(SMALL_HEAP[0] ?? "")) run(process.argv.slice(2).map(Number));
else {
  const child = spawn(process.execPath, [...SMALL_HEAP, ...process.argv.slice(1)], {
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  process.exitCode = code ?? 1;
}

function run([count = 100_000, first = 1]: readonly number[]): void {
  let slowest = { seed: first, seconds: 0 };
  let failed = 0;
  let compiled = 0;
  const codes = new Set<string>();
  const start = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const { seconds, violations, outcomes } = runMutation(seed);
    if (seconds > slowest.seconds) slowest = { seed, seconds };
    if (outcomes.has("ok")) compiled++;
    for (const outcome of outcomes) codes.add(outcome);
    if ((seed - first) % 10_000 === 9_999)
      console.error(`${seed - first + 1} in ${secondsSince(start)} s, ${failed} violations`);
    if (violations.length === 0) continue;
    failed++;
    console.error(
      `seed ${seed}: node test/compiler/search-mutations.ts 1 ${seed}\n  ${violations.join("\n  ")}`,
    );
  }
  codes.delete("ok");
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(`mutations        ${count} from seed ${first}, in ${secondsSince(start)} s`);
  console.log(`compiled         ${compiled}; the others got diagnostics of ${codes.size} codes`);
  console.log(
    `slowest          ${slowest.seconds.toFixed(3)} s, seed ${slowest.seed} (at most ${MOST_SECONDS})`,
  );
  console.log(`peak memory      ${peakMb.toFixed(0)} MB of RSS (at most ${MOST_MB})`);
  console.log(`violations       ${failed}`);
  if (failed > 0 || peakMb > MOST_MB) process.exitCode = 1;
}

function secondsSince(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}
