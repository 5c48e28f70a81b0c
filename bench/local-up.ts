/**
 * Warm `flotilla local up --once`: local cloud, three engine runs, real services, verified requests, stop.
 * Aim: at most 45 s.
 */
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMachine, formatTimes, measure } from "./measure.ts";

const runs = Number(process.argv[2] ?? 3);
const root = join(import.meta.dirname, "..");
const state = await mkdtemp(join(tmpdir(), "flotilla-bench-"));
const command = [join(root, "clients/cli/flotilla.ts"), "local"];
const options = ["--state", join(state, "local")];

async function upOnce(): Promise<void> {
  await execa(
    process.execPath,
    [...command, "up", "--once", "--port-base", "0", "--specs", join(root, "specs"), ...options],
    { cwd: root },
  );
}

try {
  const cold = await measure(1, upOnce);
  const again = await measure(runs, upOnce);
  console.log(describeMachine());
  console.log(`local up --once, nothing deployed yet   ${formatTimes(cold)} (aim ≤ 45 s)`);
  console.log(`local up --once, already deployed       ${formatTimes(again)}`);
} finally {
  await execa(process.execPath, [...command, "down", "--purge", ...options], { cwd: root });
  await rm(state, { recursive: true, force: true });
}
