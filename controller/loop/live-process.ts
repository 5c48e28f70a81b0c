import { readFileSync } from "node:fs";

/** Does this process run, and is it a Pulumi? A number is given to another process once its own has ended. */
export function isLivePulumi(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // Empty for one that has ended and whose parent hasn't noticed yet.
    return command.split("\0")[0]?.endsWith("pulumi") === true;
  } catch {
    return true; // no /proc here: who answers counts as alive
  }
}
