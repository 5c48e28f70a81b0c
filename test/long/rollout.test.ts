/** How many hosts a bad rollout reaches, and how Machines made by hand are adopted. Simulated Machines, real engine. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { REGION_REMOVED } from "../../fixtures/change-cases.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { Sandbox, type Ran } from "../../fixtures/sandbox.ts";

/** The local cloud fails the checks of an image with this name. */
const BAD = "registry.fly.io/broken@sha256:";
const GOOD = "registry.fly.io/acme@sha256:";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.skipCheck();
  await sandbox.writeSpecs(REGION_REMOVED.edit(sampleSpecs()));
  await sandbox.editSpec("fleet.yaml", "max_hosts: 4", "max_hosts: 7");
  await sandbox.editSpec("fleet.yaml", "health_timeout: 60s", "health_timeout: 3s");
  await sandbox.editSpec(
    "services/caddy.yaml",
    "replicas: 2, min: 1, max: 4",
    "replicas: 6, max: 7",
  );
  await sandbox.up("simulated");
});
afterAll(async () => sandbox.close());

interface Machine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly instance_id: string;
  readonly cordoned: boolean;
  readonly config: { readonly image: string; readonly metadata: Record<string, string> };
  readonly checks: readonly { readonly status: string }[];
  readonly events: readonly { readonly type: string }[];
}

async function machines(): Promise<Machine[]> {
  return sandbox.control<Machine[]>("GET", "/v1/apps/acme/machines");
}

async function up(...flags: readonly string[]): Promise<Ran> {
  return sandbox.pulumi(["up", "--yes", "--skip-preview", "-s", "iad", ...flags]);
}

it("a bad image for 6 hosts reaches only the canary, which is rolled back and healthy when `up` fails", async () => {
  const before = await machines();
  expect(before).toHaveLength(6);
  await sandbox.editSpec("fleet.yaml", GOOD, BAD);
  const { exitCode, output } = await up();
  expect(exitCode).not.toBe(0);

  const after = await machines();
  const isSame = ({ id, instance_id: instance }: Machine): boolean =>
    before.some((one) => one.id === id && one.instance_id === instance);
  const [canary, ...more] = after.filter((machine) => !isSame(machine));
  if (canary === undefined) throw new Error("no host was exposed");
  expect(more).toEqual([]);
  expect(canary).toMatchObject({ state: "started", cordoned: false });
  expect(canary.config.image).toContain(GOOD);
  expect(canary.checks.map(({ status }) => status)).toEqual(canary.checks.map(() => "passing"));
  expect(output).toContain(`putting the previous configuration (${GOOD}`);
  expect(output).toContain(`${canary.name} is healthy on it again`);
  expect(output).toContain(`Only ${canary.name} had the new configuration`);
  const others = before.filter(({ name }) => name !== canary.name);
  expect(others).toHaveLength(5);
  for (const { id, name, events } of others) {
    expect(after.find((machine) => machine.id === id)?.events).toEqual(events);
    expect(output).toContain(
      `Can't update Machine ${name}: not touched: the canary ${canary.name} failed`,
    );
  }

  await sandbox.editSpec("fleet.yaml", BAD, GOOD);
  const clean = await sandbox.previewNoChanges("iad");
  expect(clean.exitCode, clean.output).toBe(0);
});

it("a Machine made by hand is refused by name, and adopted with one flag", async () => {
  const { id } = await sandbox.control<Machine>("POST", "/v1/apps/acme/machines", {
    name: "iad-6",
    region: "iad",
    config: { image: "registry.fly.io/acme:by-hand", metadata: { owner: "bob" } },
  });
  await sandbox.editSpec("services/caddy.yaml", "replicas: 6", "replicas: 7");
  const refused = await up();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toContain(`Machine ${id} has that name`);
  expect(refused.output).toContain("pulumi up -c flotilla:adopt=true");
  const untouched = (await machines()).find(({ name }) => name === "iad-6");
  expect(untouched?.config).toMatchObject({ metadata: { owner: "bob" } });

  const taken = await up("-c", "flotilla:adopt=true");
  expect(taken.exitCode, taken.output).toBe(0);
  const ours = (await machines()).filter(({ name }) => name === "iad-6");
  expect(ours).toMatchObject([{ id, state: "started" }]);
  expect(ours[0]?.config.metadata).toMatchObject({ managed_by: "flotilla", owner: "bob" });

  await sandbox.pulumi(["config", "rm", "flotilla:adopt", "-s", "iad"]);
  const clean = await sandbox.previewNoChanges("iad");
  expect(clean.exitCode, clean.output).toBe(0);
});
