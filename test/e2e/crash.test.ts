/** The whole engine killed with -9 in the middle of creating Machines: the next up ends with exactly the spec's. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, until, World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await World.create();
  await world.up("simulated");
});
afterAll(async () => world.close());

const points = [
  { when: "before", path: "/machines$", what: "before the create reached Fly" },
  {
    when: "after",
    path: "/machines$",
    what: "after Fly created the Machine, before we heard of it",
  },
  {
    when: "before",
    path: "/machines/[^/]+/wait$",
    what: "while waiting for the new Machine to start",
  },
] as const;

it.each(points)("killed $what", async ({ when, path }) => {
  await world.flotilla("local", "kill", "iad-0");
  await world.flotilla("local", "kill", "iad-1");
  expect(await world.machines()).toEqual(["fra-0"]);
  const method = path.endsWith("wait$") ? "GET" : "POST";
  const { id } = await world.control<{ id: string }>("POST", "/_local/faults", {
    api: "fly",
    method,
    path,
    when,
    action: "hold",
    times: 1,
  });

  const engine = spawn("pulumi", ["up", "--yes", "--skip-preview", "-s", "iad"], {
    cwd: root,
    env: { ...process.env, ...world.env },
    stdio: "ignore",
    detached: true,
  });
  const gone = new Promise((resolve) => engine.once("exit", resolve));
  await until("the call that is held", async () => {
    const { faults } = await world.control<{ faults: { id: string; hits: number }[] }>(
      "GET",
      "/_local/faults",
    );
    return faults.some((fault) => fault.id === id && fault.hits > 0);
  });
  process.kill(-(engine.pid ?? 0), "SIGKILL");
  await gone;
  await world.control("DELETE", "/_local/faults");

  const cancel = await world.pulumi(["cancel", "--yes", "-s", "iad"]);
  expect(cancel.exitCode, cancel.output).toBe(0);
  await world.apply("iad");
  expect(await world.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  const { exitCode, output } = await world.previewNoChanges("iad");
  expect(exitCode, output).toBe(0);
});
