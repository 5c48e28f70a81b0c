/**
 * Measures `flotilla local up --once` with an installed toolchain: local cloud, three runs of the engine, real services,
 * verified requests, stop. Aim: at most 45 s. Floor: three runs of the engine with an empty program.
 */
import { Sandbox } from "../fixtures/sandbox.ts";
import { bareProject, EMPTY } from "./bare-project.ts";
import { describeMachine, formatTimes, measure } from "./measure.ts";

const runs = Number(process.argv[2] ?? 3);
const sandbox = await Sandbox.create();

async function upOnce(): Promise<void> {
  const ran = await sandbox.flotilla("local", "up", "--once", "--port-base", "0");
  if (ran.exitCode !== 0) throw new Error(`local up failed:\n${ran.output}`);
}

try {
  const cold = await measure(1, upOnce);
  const again = await measure(runs, upOnce);
  // The engine needs the settings of a running cloud.
  await sandbox.up("simulated");
  const empty = await bareProject(sandbox, "empty", EMPTY);
  const floor = await measure(runs, async () => {
    for (const _ of ["global", "iad", "fra"]) await empty();
  });
  console.log(describeMachine());
  console.log(`local up --once, nothing deployed yet   ${formatTimes(cold)} (aim ≤ 45 s)`);
  console.log(`local up --once, already deployed       ${formatTimes(again)}`);
  console.log(`three runs of an empty program          ${formatTimes(floor)}`);
  console.log(`ratio of the first to the floor         ${(cold.median / floor.median).toFixed(1)}`);
} finally {
  await sandbox.close();
}
