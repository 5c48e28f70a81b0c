/** One change, one place; and drift put back by a plain `up`. Simulated Machines, real engine. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "../../fixtures/sandbox.ts";

let world: Sandbox;

beforeAll(async () => {
  world = await Sandbox.create();
  await world.up("simulated");
});
afterAll(async () => world.close());

it("previews nothing on any stack right after up", async () => {
  for (const stack of ["global", "iad", "fra"]) {
    const { exitCode, output } = await world.previewNoChanges(stack);
    expect(exitCode, output).toBe(0);
  }
});

it("has the URNs that deployments in the field have: a rename needs aliases", async () => {
  const urns: string[] = [];
  for (const stack of ["global", "iad", "fra"]) {
    const { stdout } = await world.pulumi(["stack", "export", "-s", stack]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string }[] } };
    urns.push(...deployment.resources.map(({ urn }) => urn));
  }
  await expect(`${urns.toSorted().join("\n")}\n`).toMatchFileSnapshot("../golden/urns.txt");
});

it("caddy iad 2 → 3 adds exactly one host, nothing in fra or global, and 3 → 2 removes it", async () => {
  await world.editSpec("services/caddy.yaml", "iad: { replicas: 2", "iad: { replicas: 3");
  expect(await world.preview("iad")).toEqual([
    { op: "create", name: "iad-2" },
    { op: "create", name: "iad-2-machine" },
    { op: "update", name: "iad-check" },
  ]);
  expect(await world.preview("fra")).toEqual([]);
  expect(await world.preview("global")).toEqual([]);

  const before = (await world.status()).machines.map(({ id }) => id);
  await world.apply("iad");
  const { machines } = await world.status();
  const added = machines.filter(({ id }) => !before.includes(id));
  expect(added.map(({ name, state }) => ({ name, state }))).toEqual([
    { name: "iad-2", state: "started" },
  ]);
  expect(machines).toHaveLength(before.length + 1);

  await world.editSpec("services/caddy.yaml", "iad: { replicas: 3", "iad: { replicas: 2");
  expect(await world.preview("iad")).toEqual([
    { op: "delete", name: "iad-2" },
    { op: "delete", name: "iad-2-machine" },
    { op: "update", name: "iad-check" },
  ]);
  await world.apply("iad");
  expect((await world.status()).machines.map(({ id }) => id).toSorted()).toEqual(before.toSorted());
});

it("worker iad 3 → 4 touches one host and no file", async () => {
  await world.editSpec("services/worker.yaml", "iad: { replicas: 3", "iad: { replicas: 4");
  expect(await world.preview("iad")).toEqual([{ op: "update", name: "iad-1-machine" }]);
  await world.apply("iad");
  expect(await world.preview("iad")).toEqual([]);
});

it("a Machine deleted behind Pulumi's back is seen by a plain preview and put back by a plain up", async () => {
  const victim = (await world.status()).machines.find(({ name }) => name === "iad-1");
  await world.flotilla("local", "kill", "iad-1");
  expect(await world.machines()).toEqual(["fra-0", "iad-0"]);
  expect(await world.preview("iad")).toContainEqual(
    expect.objectContaining({ name: "iad-1-machine" }),
  );
  await world.apply("iad");
  expect(await world.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  expect((await world.status()).machines.find(({ name }) => name === "iad-1")?.id).not.toBe(
    victim?.id,
  );
  expect(await world.preview("iad")).toEqual([]);
});
