/** Processes and hosts are scaled without a restart of the others. Process Machines, real engine. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { REGION_REMOVED } from "../../fixtures/change-cases.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { halfRequest } from "../image/half-request.ts";
import { runningProcesses } from "../../fixtures/processes.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.skipCheck();
  await sandbox.writeSpecs(REGION_REMOVED.edit(sampleSpecs()));
  await sandbox.editSpec("fleet.yaml", "warm_hosts: 0", "warm_hosts: 1");
  await sandbox.editSpec("services/worker.yaml", "replicas: 3", "replicas: 2");
  await sandbox.up("process");
});
afterAll(async () => sandbox.close());

interface Machine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly instance_id: string;
  readonly cordoned: boolean;
  readonly private_ip: string;
}

async function machine(name: string): Promise<Machine> {
  const all = await sandbox.control<Machine[]>("GET", "/v1/apps/acme/machines");
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no host ${name}`);
  return found;
}

/** Process ids by the name that the Machine's Process Compose gives a process. */
function pids(machineId: string): Record<string, number> {
  return Object.fromEntries(
    runningProcesses()
      .filter(({ env, argv }) => env["FLY_MACHINE_ID"] === machineId && argv.length > 0)
      .map(({ pid, env }) => [env["PC_PROC_NAME"] ?? "process-compose", pid]),
  );
}

it("worker 2 → 6 → 1 restarts no Machine, and every other process keeps its pid", async () => {
  const names = ["iad-0", "iad-1"];
  const before = await Promise.all(names.map(machine));
  const [first, second] = before.map(({ id }) => pids(id));
  if (first === undefined || second === undefined) throw new Error("two hosts run");
  expect(Object.keys(first)).toContain("worker-0");

  await sandbox.editSpec("services/worker.yaml", "replicas: 2", "replicas: 6");
  await sandbox.apply("iad");
  for (const [index, was] of [first, second].entries()) {
    const now = pids(before[index]?.id ?? "");
    expect(now).toMatchObject(was);
    const more = Object.keys(now).filter((name) => !(name in was));
    expect(more.toSorted()).toEqual(["worker-1", "worker-2"]);
  }

  await sandbox.editSpec("services/worker.yaml", "replicas: 6", "replicas: 1");
  await sandbox.apply("iad");
  expect(pids(before[0]?.id ?? "")).toEqual(first);
  const { "worker-0": _off, ...others } = second;
  expect(pids(before[1]?.id ?? "")).toEqual(others);

  const after = await Promise.all(names.map(machine));
  expect(after.map(({ instance_id: instance }) => instance)).toEqual(
    before.map(({ instance_id: instance }) => instance),
  );
});

/** Signals with a burst of Caddy in iad for an hour; without `to`, no burst. */
async function signal(to?: number): Promise<void> {
  const now = Date.now();
  const burst = {
    id: "b1",
    service: "caddy",
    region: "iad",
    to,
    from: new Date(now - 1_000).toISOString(),
    until: new Date(now + 3_600_000).toISOString(),
    author: "ada",
    reason: "a launch",
  };
  const signals = { version: 1, as_of: new Date(now).toISOString(), metrics: [] };
  const bursts = to === undefined ? [] : [burst];
  const file = join(sandbox.dir, "signals.json");
  await writeFile(file, JSON.stringify({ ...signals, bursts }));
  await sandbox.pulumi(["config", "set", "flotilla:signals", file, "-s", "iad"]);
}

it("a burst starts the warm host and creates none; after it, the host drains and is stopped again", async () => {
  const warm = await machine("iad-2");
  // Fly calls a Machine that was never launched `created`.
  expect(warm).toMatchObject({ state: "created", cordoned: true });
  await signal(3);
  await sandbox.apply("iad");
  const woken = await machine("iad-2");
  expect(woken).toMatchObject({ id: warm.id, state: "started", cordoned: false });
  expect(woken.instance_id).toBe(warm.instance_id);
  expect(await sandbox.machines()).toEqual(["iad-0", "iad-1", "iad-2"]);

  await signal();
  const { address } = (await sandbox.status()).machines.find(({ name }) => name === "iad-2") ?? {};
  // The plain listener for other regions: Caddy hands it on to iad's PocketBase.
  const caddy = `http://${address}:8081`;
  await using visitor = await halfRequest(caddy, "app-iad.example.com");
  const over = sandbox.apply("iad");
  await until(
    "Caddy to take no more visitors",
    async () =>
      fetch(caddy).then(
        () => false,
        () => true,
      ),
    60_000,
  );
  expect(await visitor.finish()).toMatch(/^HTTP\/1\.1 400 /);
  await over;
  expect(await machine("iad-2")).toMatchObject({ id: warm.id, state: "stopped", cordoned: true });
  const { exitCode, output } = await sandbox.previewNoChanges("iad");
  expect(exitCode, output).toBe(0);
});
