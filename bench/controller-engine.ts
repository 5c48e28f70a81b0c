/**
 * Measures the controller over the real engine and a simulated local cloud: from an accepted burst to a started warm host,
 * with the controller's share of it; and from a Machine killed by hand to the status that shows it, and to its repair.
 *
 *     node bench/controller-engine.ts [ROUNDS]
 */
import { ControllerProcess } from "../fixtures/controller-process.ts";
import { Sandbox } from "../fixtures/sandbox.ts";
import { until } from "../fixtures/until.ts";
import { describeMachine, percentile } from "./measure.ts";

const rounds = Number(process.argv[2] ?? 10);
const sandbox = await Sandbox.create();
let running: ControllerProcess | undefined;
try {
  await sandbox.editSpec(
    "fleet.yaml",
    "iad: { max_hosts: 4, warm_hosts: 0 }",
    "iad: { max_hosts: 3, warm_hosts: 1 }",
  );
  await sandbox.editSpec(
    "services/caddy.yaml",
    "iad: { replicas: 2, min: 1, max: 4 }",
    "iad: { replicas: 2, min: 1, max: 3 }",
  );
  await sandbox.editSpec(
    "services/nats.yaml",
    "iad: { replicas: 2, max: 4 }",
    "iad: { replicas: 2, max: 3 }",
  );
  await sandbox.up("simulated");
  const controller = await ControllerProcess.create(sandbox);
  running = controller;
  await controller.start();
  sandbox.useEnv(controller.env);
  await controller.settled(["fra-0", "iad-0", "iad-1", "iad-2"]);
  console.log(`${describeMachine()}, ${rounds} rounds, hosts are listed every 5 s`);
  await measureBursts(controller);
  await measureDrift(controller);
} finally {
  await running?.stop();
  await sandbox.close();
}

async function measureBursts(controller: ControllerProcess): Promise<void> {
  const total: number[] = [];
  const untilRun: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const body = { service: "caddy", region: "iad", to: 3, for: "10m", reason: "bench" };
    const { text } = await controller.call("POST", "/v1/bursts", body);
    const accepted = Date.now();
    const { id } = JSON.parse(text) as { id: string };
    await eventually("iad-2 to start", async () => (await stateOf("iad-2")) === "started");
    total.push(Date.now() - accepted);
    const run = await eventually("the run of the burst", async () =>
      (await controller.status()).runs.find(({ cause }) => cause.text.includes(id)),
    );
    untilRun.push(Date.parse(run.started_at) - accepted);
    await settle(controller);
    await controller.call("DELETE", `/v1/bursts/${id}`);
    await eventually("iad-2 to stop", async () => (await stateOf("iad-2")) === "stopped");
    await settle(controller);
  }
  report("burst accepted → warm host started", total);
  report("  controller's share: accepted → run begun", untilRun);
}

async function measureDrift(controller: ControllerProcess): Promise<void> {
  const found: number[] = [];
  const repaired: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sandbox.flotilla("local", "kill", "iad-1");
    const killed = Date.now();
    await eventually("the deviation of iad-1", async () =>
      (await controller.status()).stacks.some(({ deviations }) =>
        deviations.some(({ host }) => host === "iad-1"),
      ),
    );
    found.push(Date.now() - killed);
    await eventually("iad-1 to be repaired", async () => (await stateOf("iad-1")) === "started");
    repaired.push(Date.now() - killed);
    await settle(controller);
  }
  report("Machine killed by hand → in the status", found);
  report("Machine killed by hand → started again", repaired);
}

async function settle(controller: ControllerProcess): Promise<void> {
  await eventually("all stacks in sync", async () =>
    (await controller.status()).stacks.every(({ state }) => state === "in_sync"),
  );
}

/** Waits as long as a loaded computer may need for a run of the engine. */
async function eventually<T>(
  what: string,
  observe: () => Promise<T | undefined | false>,
): Promise<T> {
  return until(what, observe, 300_000);
}

async function stateOf(host: string): Promise<string | undefined> {
  return (await sandbox.status()).machines.find(({ name }) => name === host)?.state;
}

function report(what: string, tookMs: readonly number[]): void {
  const at = (share: number): string => `${(percentile(tookMs, share) / 1_000).toFixed(2)} s`;
  console.log(`${what}   p50 ${at(0.5)}, p99 ${at(0.99)}`);
}
