/**
 * The controller over the real engine and a simulated local cloud: from an accepted burst to a started warm host, with our share
 * and the engine's; and from a Machine killed by hand to the status that says so, and to its repair.
 *
 *     node bench/controller-engine.ts [ROUNDS]
 */
import { setTimeout } from "node:timers/promises";
import { ControllerProcess } from "../fixtures/controller-process.ts";
import { Sandbox } from "../fixtures/sandbox.ts";
import { describeMachine } from "./measure.ts";

const rounds = Number(process.argv[2] ?? 10);
const world = await Sandbox.create();
let controller: ControllerProcess | undefined;
try {
  await world.editSpec(
    "fleet.yaml",
    "iad: { max_hosts: 4, warm_hosts: 0 }",
    "iad: { max_hosts: 3, warm_hosts: 1 }",
  );
  await world.editSpec(
    "services/caddy.yaml",
    "iad: { replicas: 2, min: 1, max: 4 }",
    "iad: { replicas: 2, min: 1, max: 3 }",
  );
  await world.editSpec(
    "services/nats.yaml",
    "iad: { replicas: 2, max: 4 }",
    "iad: { replicas: 2, max: 3 }",
  );
  await world.up("simulated");
  controller = await ControllerProcess.create(world);
  await controller.start();
  world.useEnv(controller.env);
  await controller.settled(["fra-0", "iad-0", "iad-1", "iad-2"]);
  console.log(`${describeMachine()}, ${rounds} rounds, hosts are listed every 5 s`);
  await bursts(controller);
  await drift(controller);
} finally {
  await controller?.stop();
  await world.close();
}

async function bursts(desk: ControllerProcess): Promise<void> {
  const total: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const body = { service: "caddy", region: "iad", to: 3, for: "10m", reason: "bench" };
    const { text } = await desk.call("POST", "/v1/bursts", body);
    const accepted = Date.now();
    const { id } = JSON.parse(text) as { id: string };
    await poll(async () => (await stateOf("iad-2")) === "started");
    total.push(Date.now() - accepted);
    const run = await poll(async () =>
      (await desk.status()).runs.find(({ cause }) => cause.text.includes(id)),
    );
    ours.push(Date.parse(run.started_at) - accepted);
    await settle(desk);
    await desk.call("DELETE", `/v1/bursts/${id}`);
    await poll(async () => (await stateOf("iad-2")) === "stopped");
    await settle(desk);
  }
  say("burst accepted → warm host started", total);
  say("  ours: accepted → run begun", ours);
}

async function drift(desk: ControllerProcess): Promise<void> {
  const found: number[] = [];
  const repaired: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await world.flotilla("local", "kill", "iad-1");
    const killed = Date.now();
    await poll(async () =>
      (await desk.status()).stacks.some(({ deviations }) =>
        deviations.some(({ host }) => host === "iad-1"),
      ),
    );
    found.push(Date.now() - killed);
    await poll(async () => (await stateOf("iad-1")) === "started");
    repaired.push(Date.now() - killed);
    await settle(desk);
  }
  say("Machine killed by hand → in the status", found);
  say("Machine killed by hand → started again", repaired);
}

async function settle(desk: ControllerProcess): Promise<void> {
  await poll(async () => (await desk.status()).stacks.every(({ state }) => state === "in_sync"));
}

async function stateOf(host: string): Promise<string | undefined> {
  return (await world.status()).machines.find(({ name }) => name === host)?.state;
}

async function poll<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await setTimeout(50);
  }
}

function say(what: string, took: readonly number[]): void {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1_000).toFixed(2)} s`;
  console.log(`${what}   p50 ${at(0.5)}, p99 ${at(0.99)}`);
}
