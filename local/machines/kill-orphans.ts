/**
 * Ends every process of a Machine. Killing Process Compose leaves its children alive, and they may have moved to
 * groups and parents of their own: what stays with them is the Machine's id in their environment.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Pids whose environment names one of these Machines. Processes of others can't be read, and aren't ours. */
export function processesOf(ids: readonly string[]): readonly number[] {
  const marks = ids.map((id) => `\0FLY_MACHINE_ID=${id}\0`);
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const environment = readProc(pid, "environ");
      return environment !== "" && marks.some((mark) => `\0${environment}\0`.includes(mark));
    });
}

/** Kills until none is left: a process may fork between the look and the kill. Rejects when some don't go. */
export async function sweep(ids: readonly string[]): Promise<void> {
  if (ids.length === 0 || process.platform !== "linux") return;
  for (let round = 0; round < 200; round += 1) {
    const pids = processesOf(ids);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(10);
  }
  throw new Error(
    `processes ${processesOf(ids).join(", ")} of Machines ${ids.join(", ")} don't end`,
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone since the look
  }
}

/** Command line of a process, blanks between the arguments; "" when it is gone. */
export function commandOf(pid: number): string {
  return readProc(pid, "cmdline").replaceAll("\0", " ").trim();
}

function readProc(pid: number, file: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
