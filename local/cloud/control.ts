/** Finds, stops and purges a cloud that another process runs. */
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readInfo, removeInfo } from "./files.ts";
import { isAlive, lockHolder, releaseLock } from "./lock.ts";
import type { CloudInfo } from "./options.ts";
import { killOrphans } from "../machines/kill-orphans.ts";
import { releaseOctet } from "./loopback-claim.ts";

/** Fly allows a Machine 300 s to stop. */
const STOP_LIMIT_MS = 320_000;

export async function readCloud(dir: string): Promise<CloudInfo | undefined> {
  const info = readInfo(resolve(dir));
  if (info === undefined || !isAlive(info.pid)) return undefined;
  const answer = await ask(info, "GET", "/_local/status");
  return answer ? info : undefined;
}

export async function stopCloud(dir: string): Promise<void> {
  const folder = resolve(dir);
  const info = readInfo(folder);
  const pid = lockHolder(folder);
  if (pid !== undefined) {
    const asked = info?.pid === pid && (await ask(info, "POST", "/_local/stop"));
    const own = pid === process.pid;
    if (!asked && !own) process.kill(pid, "SIGTERM");
    for (let waited = 0; own ? lockHolder(folder) === pid : isAlive(pid); waited += 50) {
      if (waited > STOP_LIMIT_MS)
        throw new Error(
          `the local cloud (process ${pid}) didn't stop within ${STOP_LIMIT_MS / 1000} s: see ${join(folder, "log")}`,
        );
      await sleep(50);
    }
  }
  await killOrphans(machineIds(folder));
  removeInfo(folder);
  releaseLock(folder);
}

export async function purgeCloud(dir: string): Promise<void> {
  const folder = resolve(dir);
  await stopCloud(folder);
  rmSync(folder, { recursive: true, force: true });
  releaseOctet(folder);
}

/** Returns the ids of the Machines that have or had processes. */
function machineIds(dir: string): readonly string[] {
  try {
    return readdirSync(join(dir, "machines"));
  } catch {
    return [];
  }
}

async function ask(info: CloudInfo, method: string, path: string): Promise<boolean> {
  try {
    const response = await fetch(info.fly + path, {
      method,
      headers: { authorization: `Bearer ${info.tokens.fly}` },
      signal: AbortSignal.timeout(3_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
