/**
 * Ends what a world left running: its local cloud, and plugin processes whose engine was killed. Run as a program too,
 * by the guard: `node end-world.ts CHECKOUT STATE_DIR`.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { runningProcesses } from "./processes.ts";

export async function endWorld(checkout: string, stateDir: string): Promise<void> {
  const cli = join(checkout, "clients/cli/flotilla.ts");
  await execa(process.execPath, [cli, "local", "down", "--purge", "--state", stateDir], {
    reject: false,
  });
  killEngines(stateDir);
}

/**
 * With -9, all processes of engines that work on that state. Plugins are in groups of their own, outlive their engine and
 * would go on with what they were told.
 */
export function killEngines(stateDir: string): void {
  const backend = pathToFileURL(join(stateDir, "backend")).href;
  for (const { pid, env } of runningProcesses()) {
    if (env["PULUMI_BACKEND_URL"] !== backend || pid === process.pid) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended by itself meanwhile
    }
  }
}

if (import.meta.main) {
  const [checkout = "", stateDir = ""] = process.argv.slice(2);
  await endWorld(checkout, stateDir);
}
