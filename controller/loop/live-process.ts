import { readFileSync } from "node:fs";

/** Whether the process runs and is a Pulumi engine: the system reuses the ids of processes that ended. */
export function isLivePulumi(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // Empty for a process that has ended and that its parent hasn't reaped.
    return command.split("\0")[0]?.endsWith("pulumi") === true;
  } catch {
    return true; // There is no /proc here: a process that answers counts as the engine.
  }
}
