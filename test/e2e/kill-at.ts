/** The engine killed with -9 in the middle of a run. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { killEngines } from "./end-world.ts";
import { root, until, type World } from "./world.ts";

/**
 * Runs an `up` until it makes that call, and kills all of its processes then. The rule stays: it strikes once, and to
 * take it away would let the held call go on if its caller's end hasn't been noticed yet.
 *
 * @param kill `before POST /start`: before or after the effect, method, and end of the path, in which `ID` is a Machine's
 */
export async function killAt(world: World, stack: string, kill: string): Promise<void> {
  const [when, method, path = ""] = kill.split(" ");
  const { id } = await world.control<{ id: string }>("POST", "/_local/faults", {
    api: "fly",
    method,
    path: `${path.replace("ID", "[0-9a-f]{14}")}$`,
    when,
    action: "hold",
    times: 1,
  });
  const engine = spawn("pulumi", ["up", "--yes", "--skip-preview", "-s", stack], {
    cwd: root,
    env: { ...process.env, ...world.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const gone = new Promise((resolve) => engine.once("exit", resolve));
  const said = text(engine.stdout);
  await until(`the call ${kill}`, async () => {
    if (engine.exitCode !== null) throw new Error(`up ended without ${kill}:\n${await said}`);
    const { faults } = await world.control<{ faults: { id: string; hits: number }[] }>(
      "GET",
      "/_local/faults",
    );
    return faults.some((fault) => fault.id === id && fault.hits > 0);
  });
  killEngines(world.stateDir);
  await gone;
}
