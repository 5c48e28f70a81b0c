/**
 * One life of a fleet and its controllers, from its seed: the real loop, store and API on a virtual clock. Specs are
 * pushed, bursts and pauses asked for, hosts meddled with; runs fail, the remote is away, and the controller dies at
 * any of its writes. At last it is left alone: then what the spec says must be what runs.
 */
import { createFleetCompiler } from "../../../controller/fleet/compile-fleet.ts";
import type { FleetCompiler } from "../../../controller/fleet/compile-fleet.ts";
import { createDice } from "../../simulation/dice.ts";
import { LANES, simulatedSpec } from "../simulation/specs.ts";
import { startController } from "./controller.ts";
import { judgeProgress, judgeRequests, judgeRest, judgeRuns, SETTLE_MS } from "./judge.ts";
import { People } from "./people.ts";
import { blame, createWorld, disturb, push, say, SPECS } from "./loop-world.ts";
import type { LoopWorld } from "./loop-world.ts";

export interface Outcome {
  readonly seed: number;
  /** What is wrong, as sentences; none is good. */
  readonly violations: readonly string[];
  /** What happened, for a person who replays it. */
  readonly story: readonly string[];
}

const TICK_MS = 20_000;
const RESTLESS_MS = 3 * 3_600_000;

export async function simulate(seed: number): Promise<Outcome> {
  const dice = createDice(seed);
  const world = await createWorld(dice);
  const people = new People(world);
  await world.clock.drive(live(world, people));
  world.controller?.kill("the end");
  world.store.close();
  return { seed, violations: world.faults, story: world.story };
}

async function live(world: LoopWorld, people: People): Promise<void> {
  const { dice, clock, store, faults } = world;
  const compiler = createFleetCompiler();
  const seen = new Set<string>();
  const awry = new Map<string, number>();
  await startController(world, compiler);
  world.deathRate = dice.pick([0, 0.005, 0.02]);
  const ticks = 20 + dice.below(40);
  for (let tick = 0; tick < ticks && faults.length === 0; tick += 1) {
    await happen(world, people);
    await pass(world, people, compiler, seen);
    await judgeProgress(world, people.asked, awry);
  }
  say(world, "it is left alone");
  Object.assign(world, { deathRate: 0, faultRate: 0 });
  world.branch.isReachable = true;
  // Signals fall silent; pauses and bursts end.
  world.readings.clear();
  disturb(world);
  const left = clock.now();
  const latest = async (): Promise<number> =>
    Math.max(
      world.disturbedAt,
      ...[...(await store.openBursts()), ...(await store.openPauses())].map(({ until }) =>
        Date.parse(until),
      ),
      ...((await world.controller?.loop.signals())?.metrics ?? []).map(({ valid_until: until }) =>
        Date.parse(until),
      ),
    );
  for (let end = 0; faults.length === 0; await pass(world, people, compiler, seen)) {
    end = Math.max(end, (await latest()) + SETTLE_MS);
    if (clock.now() >= end) break;
    if (clock.now() > left + RESTLESS_MS) blame(world, "it never comes to rest");
  }
  if (faults.length > 0) return;
  await judgeRest(world);
  await judgeRequests(world, people.asked);
}

async function pass(
  world: LoopWorld,
  people: People,
  compiler: FleetCompiler,
  seen: Set<string>,
): Promise<void> {
  const { clock, dice } = world;
  if (world.controller === undefined && (world.deathRate === 0 || dice.chance(0.5)))
    await startController(world, compiler);
  await people.press();
  await clock.sleep(TICK_MS);
  await judgeRuns(world, seen);
}

async function happen(world: LoopWorld, people: People): Promise<void> {
  const { dice } = world;
  if (dice.chance(0.03)) push(world, dice.below(SPECS));
  if (dice.chance(0.02)) {
    const { files } = simulatedSpec(dice.below(SPECS));
    people.ask("spec", "PUT", "/v1/spec", { files });
  }
  if (dice.chance(0.12)) {
    people.ask("burst", "POST", "/v1/bursts", {
      ...dice.pick(LANES),
      to: dice.below(10),
      for: dice.pick(["30s", "2m", "6m", "20m"]),
    });
  }
  if (dice.chance(0.03)) await people.end("burst");
  if (dice.chance(0.04)) {
    const lane = dice.pick(LANES);
    people.ask("pause", "POST", "/v1/pauses", {
      what: dice.pick(["autoscale", "repair", "all"] as const),
      ...dice.pick([{}, { region: lane.region }, { service: lane.service }, lane]),
      for: dice.pick(["1m", "5m", "15m"]),
    });
  }
  if (dice.chance(0.03)) await people.end("pause");
  if (dice.chance(0.03)) people.ask("reconcile", "POST", "/v1/reconcile", {});
  if (dice.chance(0.12)) {
    const text = world.hosts.meddle(dice);
    if (text !== undefined) say(world, text);
    disturb(world);
  }
  if (dice.chance(0.1)) {
    const { service, region } = dice.pick(LANES);
    if (dice.chance(0.3)) world.readings.delete(`${service} ${region}`);
    else world.readings.set(`${service} ${region}`, dice.random() * 600);
  }
  if (dice.chance(0.05)) world.faultRate = dice.pick([0, 0, 0.2, 0.6]);
  if (dice.chance(0.04)) world.branch.isReachable = dice.chance(0.6);
  if (dice.chance(0.02)) world.controller?.kill("kill -9");
}
