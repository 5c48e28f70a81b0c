/**
 * Measures how long 6 engines at once take to create 60 Machines in 6 regions, against the local Fly API with Fly's rate
 * limits. Floor: after a burst of three, Fly admits one create a second for the whole app, and then the last Machine boots.
 * Each region's first Machine boots alone, which takes less time than the waiting creates. Aim: at most 1.25 times the
 * floor.
 *
 *     node bench/rollout-60.ts [hosts per region = 10]
 */
import type { CloudStatus } from "../local/index.ts";
import { Sandbox } from "../fixtures/sandbox.ts";
import { describeMachine, timed } from "./measure.ts";
import { siteSpecs } from "./site-specs.ts";

const REGIONS = ["iad", "fra", "syd", "nrt", "gru", "lhr"] as const;
const BURST = 3;

const perRegion = Number(process.argv[2] ?? 10);
const total = perRegion * REGIONS.length;
const sandbox = await Sandbox.create();
try {
  await sandbox.skipCheck();
  await sandbox.writeSpecs(siteSpecs({ iad: 1 }, 1));
  await sandbox.up("simulated");
  await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "-s", "iad"]);
  const hosts = Object.fromEntries(REGIONS.map((region) => [region, perRegion]));
  await sandbox.writeSpecs(siteSpecs(hosts, perRegion));
  await sandbox.apply("global");
  for (const region of REGIONS.slice(1)) await sandbox.addStack(region);

  const seconds = await timed(() => Promise.all(REGIONS.map((region) => sandbox.apply(region))));
  const { machines } = await sandbox.status();
  if (machines.length !== total) throw new Error(`${machines.length} Machines instead of ${total}`);
  const boot = await quickestBootSeconds(machines);
  const floor = total - BURST + boot;
  console.log(describeMachine());
  console.log(`${total} Machines by ${REGIONS.length} engines  ${seconds.toFixed(1)} s`);
  console.log(
    `floor                     ${floor.toFixed(1)} s (${total} creates at 1/s after ${BURST}, a boot of ${boot.toFixed(1)} s)`,
  );
  console.log(`ratio                     ${(seconds / floor).toFixed(2)} (aim ≤ 1.25)`);
} finally {
  await sandbox.close();
}

/** Returns the seconds from a create to passing checks, of the quickest Machine. */
async function quickestBootSeconds(machines: CloudStatus["machines"]): Promise<number> {
  const boots = await Promise.all(
    machines.map(async ({ app, id }) => {
      const machine = await sandbox.control<{
        created_at: string;
        checks: { updated_at: string }[];
      }>("GET", `/v1/apps/${app}/machines/${id}`);
      const healthy = machine.checks.map((check) => Date.parse(check.updated_at));
      return (Math.max(...healthy) - Date.parse(machine.created_at)) / 1_000;
    }),
  );
  return Math.min(...boots);
}
