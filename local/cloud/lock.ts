/** One cloud per folder: a lock file that names the process, and doesn't count any more when that process has ended. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const lockSchema = z.object({ pid: z.int(), started: z.string() });

/** Returns the pid of the process that runs the cloud in `dir`, or undefined. */
export function lockHolder(dir: string): number | undefined {
  try {
    const { pid, started } = lockSchema.parse(JSON.parse(readFileSync(join(dir, "lock"), "utf8")));
    return isAlive(pid) && startOf(pid) === started ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @throws with a sentence for people, when a cloud already runs in `dir` */
export function takeLock(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, "lock");
  const lock = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  for (const attempt of ["first", "second"]) {
    try {
      writeFileSync(path, lock, { flag: "wx", mode: 0o600 });
      return;
    } catch (error) {
      const holder = lockHolder(dir);
      if (holder !== undefined || attempt === "second") {
        throw new Error(
          `a local cloud already runs in ${dir} (process ${holder ?? "unknown"}): stop it with \`flotilla local down\``,
          { cause: error },
        );
      }
      rmSync(path, { force: true });
    }
  }
}

export function releaseLock(dir: string): void {
  rmSync(join(dir, "lock"), { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** Returns the start time in clock ticks since boot, which tells two processes with the same pid apart; "" without /proc. */
function startOf(pid: number): string {
  return statFields(pid)[19] ?? "";
}

/** Returns whether the process was killed and only waits for its parent to collect its status. */
function isZombie(pid: number): boolean {
  return statFields(pid)[0] === "Z";
}

/** Returns the fields of /proc/<pid>/stat after the command, which may contain blanks. */
function statFields(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
