/**
 * `flotilla local up` in the foreground: Ctrl-C at any time ends everything in order, and the next one goes on from there.
 * It shows which ports it takes and what the spec's warnings are.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readCloud } from "../../local/index.ts";
import { root } from "../../fixtures/project-root.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
});
afterAll(async () => sandbox.close());

interface Foreground {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<unknown[]>;
}

function start(portBase: number): Foreground {
  const child = spawn(
    process.execPath,
    [
      join(root, "clients/cli/flotilla.ts"),
      "local",
      "up",
      "--simulated",
      `--port-base=${portBase}`,
      `--state=${sandbox.stateDir}`,
      `--specs=${sandbox.specsDir}`,
    ],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  return { child, said: () => text, ended: once(child, "close") };
}

/** Sends SIGINT to the whole foreground process group, the engine included, as a terminal does. */
function pressCtrlC({ child }: Foreground): void {
  process.kill(-(child.pid ?? 0), "SIGINT");
}

it("during a region's `up`, Ctrl-C ends the engine in order and leaves no lock", async () => {
  const up = start(0);
  await until("the first region's up", async () => /^ok {2}global: /m.test(up.said()), 60_000);
  pressCtrlC(up);
  const [code] = await up.ended;
  expect(code, up.said()).toBe(130);
  expect(up.said()).toContain("goes on from here");
  expect(await readCloud(join(sandbox.stateDir, "cloud"))).toBeUndefined();
});

it("while everything runs, Ctrl-C stops the cloud and the exit code is 0", async () => {
  await using taken = await takePort();
  await sandbox.editSpec("fleet.yaml", /@sha256:[0-9a-f]{64}/, ":latest");
  const up = start(taken.port);
  await until("everything to run", async () => up.said().includes("Running until Ctrl-C"), 120_000);
  expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  await expectPorts(up.said(), taken.port);
  // The spec's warning comes from the run of every stack, and is shown once.
  expect(up.said().match(/fleet\.yaml:5:8 warning W201 /g), up.said()).toHaveLength(1);
  pressCtrlC(up);
  const [code] = await up.ended;
  expect(code, up.said()).toBe(0);
  expect(await readCloud(join(sandbox.stateDir, "cloud"))).toBeUndefined();
});

/** A port in use is named, and another one taken; every other port derives from `--port-base`. */
async function expectPorts(said: string, base: number): Promise<void> {
  expect(said).toContain(`port ${base} is in use`);
  const { fly, cloudflare } = await sandbox.info();
  expect(new URL(fly).port).not.toBe(String(base));
  await sandbox.loadEnv();
  const others = [
    { url: cloudflare, derived: base + 1 },
    { url: sandbox.env["FLOTILLA_CONTROLLER"] ?? "", derived: base + 120 },
  ].filter(({ derived }) => !said.includes(`port ${derived} is in use`));
  expect(others.map(({ url }) => Number(new URL(url).port))).toEqual(
    others.map(({ derived }) => derived),
  );
}

async function takePort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
