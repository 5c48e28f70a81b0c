/** Ctrl-C at any time ends everything in order, and the next `local up` goes on from there. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readCloud } from "../../local/index.ts";
import { root } from "../../fixtures/project-root.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let world: Sandbox;

beforeAll(async () => {
  world = await Sandbox.create();
});
afterAll(async () => world.close());

interface Foreground {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<unknown[]>;
}

function start(): Foreground {
  const child = spawn(
    process.execPath,
    [
      join(root, "clients/cli/flotilla.ts"),
      "local",
      "up",
      "--simulated",
      "--port-base=0",
      `--state=${world.stateDir}`,
      `--specs=${world.specsDir}`,
    ],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  return { child, said: () => text, ended: once(child, "close") };
}

/** As a terminal does it: to the whole foreground group, the engine included. */
function pressCtrlC({ child }: Foreground): void {
  process.kill(-(child.pid ?? 0), "SIGINT");
}

it("in the middle of a region's up: the engine ends in order and leaves no lock", async () => {
  const up = start();
  await until("the first region's up", async () => /^ok {2}global: /m.test(up.said()), 60_000);
  pressCtrlC(up);
  const [code] = await up.ended;
  expect(code, up.said()).toBe(130);
  expect(up.said()).toContain("goes on from here");
  expect(await readCloud(join(world.stateDir, "cloud"))).toBeUndefined();
});

it("while everything runs: it had stayed until then, stops the cloud, exits with 0", async () => {
  const up = start();
  await until("everything to run", async () => up.said().includes("Running until Ctrl-C"), 120_000);
  expect(await world.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  pressCtrlC(up);
  const [code] = await up.ended;
  expect(code, up.said()).toBe(0);
  expect(await readCloud(join(world.stateDir, "cloud"))).toBeUndefined();
});
