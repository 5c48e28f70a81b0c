/**
 * The whole engine killed with -9 while a host is made, at three points: one `up` ends with exactly what the spec says,
 * and a preview finds nothing to do. Simulated Machines, real engine. `npm run test:long` has all calls.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { killAt } from "../kit/kill-at.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let world: Sandbox;

beforeAll(async () => {
  world = await Sandbox.create();
  await world.skipCheck();
  await world.up("simulated");
});
afterAll(async () => world.close());

it.each([
  ["before the create reached Fly", "before POST /machines"],
  ["after Fly made the Machine, before we know it", "after POST /machines"],
  ["while waiting for its start", "before GET /wait"],
])("killed %s", async (_, kill) => {
  await world.flotilla("local", "kill", "iad-1");
  expect(await world.machines()).toEqual(["fra-0", "iad-0"]);
  await killAt(world, "iad", kill);
  const cancel = await world.pulumi(["cancel", "--yes", "-s", "iad"]);
  expect(cancel.exitCode, cancel.output).toBe(0);
  await world.apply("iad");
  expect(await world.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  const { exitCode, output } = await world.previewNoChanges("iad");
  expect(exitCode, output).toBe(0);
});
