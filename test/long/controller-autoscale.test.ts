/** Autoscale with real NATS: a queue filled by a real producer scales real workers, inside bounds, and back. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ControllerProcess } from "../../fixtures/controller-process.ts";
import { processesOf } from "../../fixtures/processes.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;
let controller: ControllerProcess;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.editSpec(
    "services/worker.yaml",
    "iad: { replicas: 3, min: 1, max: 8 }",
    "iad: { replicas: 1, min: 1, max: 4 }",
  );
  await sandbox.editSpec("services/worker.yaml", "spread: 2", "spread: 1");
  await sandbox.editSpec(
    "services/worker.yaml",
    /autoscale:[\s\S]*$/,
    [
      "autoscale:",
      "  metrics:",
      "    - { type: queue_depth, stream: JOBS, consumer: workers, target: 5 }",
      "  behaviour:",
      "    interval: 2s",
      "    up: { cooldown: 0s }",
      "    down: { window: 45s, cooldown: 0s, policy: { count: 4, per: 1s } }",
      "",
    ].join("\n"),
  );
  await sandbox.up("process");
  controller = await ControllerProcess.create(sandbox);
  await controller.start();
  sandbox.useEnv(controller.env);
  await controller.settled(["fra-0", "iad-0", "iad-1"]);
});
afterAll(async () => {
  await controller.stop();
  await sandbox.close();
});

async function iad0(): Promise<{ id: string; address: string }> {
  const machine = (await sandbox.status()).machines.find(({ name }) => name === "iad-0");
  if (!machine?.address) throw new Error("no host iad-0");
  return { id: machine.id, address: machine.address };
}

/** Counts the worker processes on iad-0. */
async function workers(): Promise<number> {
  const { id } = await iad0();
  return processesOf(id, "node").filter(({ argv }) => argv.join(" ").includes("worker.ts")).length;
}

async function publish(count: number): Promise<void> {
  const { address } = await iad0();
  const seed = (await readFile(join(sandbox.stateDir, "operator.nk"))).subarray();
  const nc = await connect({
    servers: `nats://${address}:4222`,
    authenticator: nkeyAuthenticator(new Uint8Array(seed)),
  });
  const js = jetstream(nc);
  const jobs = Array.from({ length: count }, (_, index) => `load-${index}`);
  for (let at = 0; at < jobs.length; at += 100)
    await Promise.all(
      jobs
        .slice(at, at + 100)
        .map(async (id) => js.publish(`jobs.iad.${id}`, JSON.stringify({ text: id }))),
    );
  await nc.close();
}

it("a full queue scales the workers to max and back, with the reason in status and audit", async () => {
  expect(await workers()).toBe(1);
  await publish(3_000);
  const status = await until(
    "a recommendation in the status",
    async () => {
      const seen = await controller.status();
      const place = seen.services
        .find(({ name }) => name === "worker")
        ?.regions.find(({ region }) => region === "iad");
      return place?.deviations.some(({ cause }) => cause === "metric") ? place : undefined;
    },
    60_000,
  );
  expect(status).toMatchObject({ replicas: 1, max: 4 });
  expect(status.deviations[0]?.text).toMatch(/queue_depth JOBS workers: \d+ messages/);
  await until("four workers", async () => (await workers()) === 4, 120_000);
  await until("one worker again", async () => (await workers()) === 1, 200_000);
  const { text } = await controller.call("GET", "/v1/audit?limit=1000");
  const { entries } = JSON.parse(text) as {
    entries: { action: string; target: string; after?: { count?: number } }[];
  };
  const counts = entries
    .filter(({ action, target }) => action === "scale.metric" && target === "worker in iad")
    .map(({ after }) => after?.count);
  expect(counts).toContain(4);
  expect(Math.max(...counts.map((count) => count ?? 0))).toBe(4);
  expect(counts.at(-1)).toBe(1);
});

it("a slot stopped by hand inside its host is reported and started again", async () => {
  // A run in progress would start the slot by itself.
  await controller.settled(["fra-0", "iad-0", "iad-1"]);
  const { id, address } = await iad0();
  const [worker] = processesOf(id, "node").filter(({ argv }) =>
    argv.join(" ").includes("worker.ts"),
  );
  const port = worker?.env["PC_PORT_NUM"] ?? "9080";
  const stopped = await fetch(`http://${address}:${port}/process/stop/worker-0`, {
    method: "PATCH",
  });
  expect(stopped.status).toBe(200);
  await until("no worker", async () => (await workers()) === 0, 60_000);
  const run = await until(
    "a run for it",
    async () =>
      (await controller.status()).runs.find(({ cause }) => cause.text.includes("worker-0")),
    150_000,
  );
  expect(run.cause).toMatchObject({
    kind: "drift",
    text: expect.stringContaining("iad-0: slot worker-0 "),
  });
  await until("the worker", async () => (await workers()) === 1, 60_000);
});
