import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

interface Holder {
  readonly pid: number;
  /** Start time of the process as the system reports it, because a pid may be reused by another process. */
  readonly started: string;
}

export interface LockOptions {
  /** Called about four times a second while another living process holds the lock. */
  readonly onWait: (pid: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding the lock file `path`, and waits while another living process holds it. A lock whose holder
 * is dead is taken over. Two processes that find the same dead holder at the same instant may both take it over, so
 * `work` must stay correct when it runs twice at once, as a rename into place does: the lock only saves the double work.
 */
export async function withLock<T>(
  path: string,
  o: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const own = `${path}.${randomUUID()}`;
  const self: Holder = { pid: process.pid, started: (await startTimeOf(process.pid)) ?? "" };
  await writeFile(own, JSON.stringify(self));
  try {
    while (!(await tryLink(own, path))) {
      const holder = await readHolder(path);
      if (holder === undefined || !(await isAlive(holder))) {
        await rm(path, { force: true });
        continue;
      }
      o.onWait(holder.pid);
      await delay(250, undefined, { signal: o.signal });
    }
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Returns false if `path` exists. A hard link appears with its whole content or not at all. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value) || typeof value.pid !== "number") return undefined;
    if (!("started" in value) || typeof value.started !== "string") return undefined;
    return { pid: value.pid, started: value.started };
  } catch {
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  const started = await startTimeOf(holder.pid);
  return started !== undefined && started === holder.started;
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform !== "linux") {
      const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
      return stdout.trim();
    }
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold blanks; start time is the 22nd.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
