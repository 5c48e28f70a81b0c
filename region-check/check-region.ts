import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFile } from "./check-file.ts";
import type { CheckContext, Verdict } from "./check-file.ts";
import { dummySecret } from "./dummy-secrets.ts";
import { writeGuest } from "./guest-root.ts";
import type { CheckInput } from "./check-input.ts";
import { planJobs } from "./distinct-files.ts";
import type { Job } from "./distinct-files.ts";

export interface CheckResult extends Verdict {
  readonly job: Job;
}

export interface CheckOptions {
  readonly bin: CheckContext["bin"];
  /** PATH of the programs: Process Compose looks for the shell there. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Checks every distinct file of a region with the real programs, in a temporary root that is gone afterwards. */
export async function checkRegion(input: CheckInput, o: CheckOptions): Promise<CheckResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-check-"));
  try {
    const pending = planJobs(input).map((job, i) => async (): Promise<CheckResult> => {
      // A root per file: each job's host may have other files beside it, and servers write their data there.
      const root = join(folder, String(i));
      await writeGuest(root, input.hosts[job.hosts[0] ?? ""] ?? {});
      const env = environment(input, o.path, root);
      return { job, ...(await checkFile(job, { root, env, bin: o.bin, signal: o.signal })) };
    });
    return await inParallel(pending, 4);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What the guest's processes would see, with dummies for secrets. */
function environment(input: CheckInput, path: string, root: string): Record<string, string> {
  const secrets = Object.fromEntries(input.secrets.map((name) => [name, dummySecret(name)]));
  return {
    ...secrets,
    ...slotSwitches(input.env["FLOTILLA_SLOTS"] ?? ""),
    ...input.env,
    PATH: path,
    HOME: root,
    TMPDIR: join(root, "tmp"),
    XDG_CONFIG_HOME: join(root, "tmp"),
    XDG_DATA_HOME: join(root, "data"),
  };
}

/** What the image's entry script makes of `worker=4 mailer=2`: one `DISABLED_…` per slot. */
function slotSwitches(slots: string): Record<string, string> {
  const switches: Record<string, string> = {};
  for (const [, service = "", count] of slots.matchAll(/([a-z0-9-]+)=(\d+)/g)) {
    const name = service.toUpperCase().replaceAll("-", "_");
    for (let i = 0; i < Number(count); i++) switches[`DISABLED_${name}_${i}`] = "false";
  }
  return switches;
}

/** Runs all, at most `width` at once; results in the order of `work`. Ends when all have ended, even if one failed. */
async function inParallel<T>(work: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const results: T[] = [];
  const queue = work.entries();
  const lane = async (): Promise<void> => {
    for (const [i, run] of queue) results[i] = await run();
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  for (const outcome of lanes) if (outcome.status === "rejected") throw outcome.reason;
  return results;
}
