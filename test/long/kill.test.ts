/**
 * Kills the whole engine with -9 at a call to Fly, before and after it takes effect. One `up` then ends with exactly what
 * the spec says, and a preview finds no change. Simulated Machines, real engine.
 *
 * A call that is killed before its effect is made again by the next run, which is killed at it after its effect. So one
 * repair covers the last kill and what the earlier ones left behind.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { killAt } from "../kit/kill-at.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.skipCheck();
  await sandbox.editSpec(
    "fleet.yaml",
    "max_hosts: 4, warm_hosts: 0",
    "max_hosts: 3, warm_hosts: 1",
  );
  await sandbox.editSpec("services/caddy.yaml", "min: 1, max: 4", "min: 1, max: 3");
  await sandbox.editSpec("services/nats.yaml", "max: 4", "max: 3");
  await sandbox.up("simulated");
});
afterAll(async () => sandbox.close());

interface Story {
  readonly name: string;
  readonly stack: "global" | "iad" | "fra";
  readonly change: () => Promise<unknown>;
  /** `before POST /start`: method and end of the path, in the order in which they are killed. */
  readonly kills: readonly string[];
}

const three = ["fra-0", "iad-0", "iad-1", "iad-2"];
const two = three.slice(0, 3);

const stories: readonly (Story & { readonly machines: readonly string[] })[] = [
  {
    name: "a lost host is made again",
    stack: "iad",
    change: async () => sandbox.flotilla("local", "kill", "iad-1"),
    kills: ["before POST /machines", "before GET /wait"],
    machines: three,
  },
  {
    name: "a lost host was made again",
    stack: "iad",
    change: async () => sandbox.flotilla("local", "kill", "iad-1"),
    kills: ["after POST /machines"],
    machines: three,
  },
  {
    name: "another configuration",
    stack: "iad",
    change: async () => sandbox.editSpec("services/worker.yaml", "jobs }", "other }"),
    // The second kill leaves a lease, whose end the third run waits for.
    kills: ["before POST /lease", "before POST /machines/ID", "after POST /machines/ID"],
    machines: three,
  },
  {
    name: "a slot switched on",
    stack: "iad",
    change: async () => sandbox.editSpec("services/worker.yaml", "replicas: 3", "replicas: 4"),
    kills: [
      "before POST /metadata/active",
      "after POST /metadata/active",
      "before POST /exec",
      "after POST /exec",
    ],
    machines: three,
  },
  {
    name: "a warm host woken",
    stack: "iad",
    change: async () => sandbox.editSpec("services/caddy.yaml", "replicas: 2", "replicas: 3"),
    kills: ["before POST /start", "after POST /start", "before POST /uncordon"],
    machines: three,
  },
  {
    name: "a host laid to rest",
    stack: "iad",
    change: async () => sandbox.editSpec("services/caddy.yaml", "replicas: 3", "replicas: 2"),
    kills: ["before POST /cordon", "after POST /cordon", "before POST /stop", "after POST /stop"],
    machines: three,
  },
  {
    name: "a host less",
    stack: "iad",
    change: async () => sandbox.editSpec("fleet.yaml", "warm_hosts: 1", "warm_hosts: 0"),
    kills: ["before DELETE /machines/ID", "after DELETE /machines/ID"],
    machines: two,
  },
  {
    name: "a lost volume",
    stack: "fra",
    change: loseData,
    kills: ["before POST /volumes", "after POST /volumes"],
    machines: two,
  },
  {
    name: "a volume that grows",
    stack: "fra",
    change: async () =>
      sandbox.editSpec("services/pocketbase.yaml", "storage_gb: 3", "storage_gb: 4"),
    kills: ["before PUT /extend", "after PUT /extend"],
    machines: two,
  },
  {
    name: "another secret",
    stack: "global",
    change: async () =>
      sandbox.pulumi(
        "config set --secret --path flotilla:secrets.API_KEY other -s global".split(" "),
      ),
    kills: ["before POST /secrets", "after POST /secrets"],
    machines: two,
  },
];

it.each(stories)("$name", async ({ stack, change, kills, machines }) => {
  await change();
  for (const kill of kills) {
    await killAt(sandbox, stack, kill);
    const cancel = await sandbox.pulumi(["cancel", "--yes", "-s", stack]);
    expect(cancel.exitCode, cancel.output).toBe(0);
  }
  await sandbox.apply(stack);
  expect(await sandbox.machines()).toEqual(machines);
  const { exitCode, output } = await sandbox.previewNoChanges(stack);
  expect(exitCode, output).toBe(0);
});

/** Destroys fra-0 and its volume, as somebody might by hand. */
async function loseData(): Promise<void> {
  const { volumes } = JSON.parse((await sandbox.flotilla("volumes", "list", "--json")).stdout) as {
    volumes: { name: string; id: string }[];
  };
  const volume = volumes.find(({ name }) => name === "fra_0_data");
  await sandbox.flotilla("local", "kill", "fra-0");
  await sandbox.control("DELETE", `/v1/apps/acme/volumes/${volume?.id}`);
}
