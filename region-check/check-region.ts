import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFile } from "./check-file.ts";
import type { CheckContext, Verdict } from "./check-file.ts";
import type { CheckInput } from "./check-input.ts";
import { distinctFiles } from "./distinct-files.ts";
import type { DistinctFile } from "./distinct-files.ts";
import { dummySecret } from "./dummy-secrets.ts";
import { writeGuest } from "./guest-root.ts";

/** A file, and what came of its check. */
export interface CheckedFile {
  readonly file: DistinctFile;
  readonly verdict: Verdict;
}

export interface CheckOptions {
  readonly programs: CheckContext["programs"];
  /** PATH of the programs: Process Compose looks for the shell there. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Checks every distinct file of a region with the real programs, in a temporary root that is gone afterwards. */
export async function checkRegion(input: CheckInput, o: CheckOptions): Promise<CheckedFile[]> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-check-"));
  try {
    const pending = distinctFiles(input).map((file, i) => async (): Promise<CheckedFile> => {
      // A root per file: each host may have other files beside it, and servers write their data there.
      const root = join(folder, String(i));
      await writeGuest(root, input.hosts[file.hosts[0]] ?? {});
      const env = environment(input, o.path, root);
      return { file, verdict: await checkFile(file, { root, env, ...o }) };
    });
    return await inParallel(pending, 4);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Returns what the guest's processes would see of what files read, with dummies for secrets. */
function environment(input: CheckInput, path: string, root: string): Record<string, string> {
  const secrets = Object.fromEntries(input.secrets.map((name) => [name, dummySecret(name)]));
  return {
    ...secrets,
    ...input.env,
    PATH: path,
    HOME: root,
    TMPDIR: join(root, "tmp"),
    XDG_CONFIG_HOME: join(root, "tmp"),
    XDG_DATA_HOME: join(root, "data"),
  };
}

/**
 * Does `work`, at most `width` at once; results in its order. Ends when everything that began has ended, then throws the
 * first error.
 */
async function inParallel<T>(work: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const results: T[] = [];
  const queue = work.entries();
  const lane = async (): Promise<void> => {
    for (const [i, run] of queue) results[i] = await run();
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
  return results;
}
