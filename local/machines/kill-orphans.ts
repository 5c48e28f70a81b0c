/**
 * Kills the processes that a Machine left behind. Killing Process Compose leaves its children alive, possibly in process
 * groups of their own and with other parents; what identifies them is the Machine's id in their environment.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Returns the pids whose environment names one of these Machines. Other users' processes can't be read and don't count. */
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

/**
 * Kills until none is left, as a process may fork between the listing and the kill.
 *
 * @throws when processes don't end
 */
export async function killOrphans(ids: readonly string[]): Promise<void> {
  if (ids.length === 0 || process.platform !== "linux") return;
  for (let round = 0; round < 200; round += 1) {
    const pids = processesOf(ids);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(10);
  }
  throw new Error(
    `processes ${processesOf(ids).join(", ")} of Machines ${ids.join(", ")} survived SIGKILL`,
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended since the listing
  }
}

/** Returns the command line of a process, with blanks between the arguments; "" when it has ended. */
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
