/** Kills the engine with -9 during a run. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { killEngines } from "../../fixtures/end-sandbox.ts";
import { root } from "../../fixtures/project-root.ts";
import type { Sandbox } from "../../fixtures/sandbox.ts";
import { ConditionLostError, until } from "../../fixtures/until.ts";

/**
 * Runs an `up` until it makes a call to Fly, and kills all processes of the engine then. The fault isn't removed: it applies
 * once, and removing it would release the held call while the cloud hasn't noticed its caller's end.
 *
 * @param kill `before POST /start`: before or after the effect, method, and end of the path, in which `ID` is a Machine's
 */
export async function killAt(sandbox: Sandbox, stack: string, kill: string): Promise<void> {
  const [when, method, path = ""] = kill.split(" ");
  const { id } = await sandbox.control<{ id: string }>("POST", "/_local/faults", {
    api: "fly",
    method,
    path: `${path.replace("ID", "[0-9a-f]{14}")}$`,
    when,
    action: "hold",
    times: 1,
  });
  const engine = spawn("pulumi", ["up", "--yes", "--skip-preview", "-s", stack], {
    cwd: root,
    env: { ...process.env, ...sandbox.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const gone = new Promise((resolve) => engine.once("exit", resolve));
  const said = text(engine.stdout);
  await until(
    `the call ${kill}`,
    async () => {
      if (engine.exitCode !== null)
        throw new ConditionLostError(`up ended without ${kill}:\n${await said}`);
      const { faults } = await sandbox.control<{ faults: { id: string; hits: number }[] }>(
        "GET",
        "/_local/faults",
      );
      return faults.some((fault) => fault.id === id && fault.hits > 0);
    },
    60_000,
  );
  killEngines(sandbox.stateDir);
  await gone;
}
