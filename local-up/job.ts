import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { readCloudStatus } from "./cloud-api.ts";
import { LocalUpError } from "./failure.ts";
import { projectDir } from "./state-folder.ts";
import type { StateFolder } from "./state-folder.ts";

/**
 * Publishes a job for the sample worker with the operator's own key, through the first running host of the region.
 * The publishing program writes to this process's standard output.
 *
 * @throws {LocalUpError} when no host of the region runs, or no stream accepts the job
 */
export async function publishJob(folder: StateFolder, region: string, text: string): Promise<void> {
  const { machines } = await readCloudStatus(folder);
  const host = machines.find((machine) => machine.region === region && machine.state === "started");
  if (!host?.address)
    throw new LocalUpError(
      2,
      `no host runs in region ${region}: see \`npx flotilla local status\``,
    );
  const program = join(projectDir, "image", "app", "publish.ts");
  const child = spawn(process.execPath, [program, region, text], {
    env: {
      ...process.env,
      NATS_URL: `nats://${host.address}:4222`,
      NATS_SEED_FILE: folder.operatorSeedFile,
    },
    stdio: "inherit",
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new LocalUpError(3, `no stream of region ${region} accepted the job`);
}
