/** What people and bad luck do to the controller and its fleet in a tick. */
import { pauseOf } from "../../../controller/fleet/pauses.ts";
import { goDown } from "./controller.ts";
import { startRun } from "./runs.ts";
import { POOL, simulatedSpec } from "./specs.ts";
import { instant, liveSignals, say } from "./autoscale-world.ts";
import type { LaneWorld, AutoscaleWorld } from "./autoscale-world.ts";

export function happen(world: AutoscaleWorld): void {
  const { dice, now } = world;
  const isUp = now >= world.downUntil;
  if (dice.chance(0.03)) commit(world);
  // Bursts and pauses go through the controller.
  if (isUp && dice.chance(0.04)) beginBurst(world);
  if (isUp && dice.chance(0.01)) endBurst(world);
  if (isUp && dice.chance(0.015)) pause(world);
  if (isUp && dice.chance(0.005)) endPause(world);
  if (isUp && dice.chance(0.01)) {
    goDown(world, "the controller is killed");
  }
  if (dice.chance(0.01)) {
    world.faultyUntil = now + dice.pick([60, 600]);
    say(world, `runs may fail until ${instant(world.faultyUntil)}`);
  }
  const lane = dice.pick(world.lanes);
  if (dice.chance(0.01)) drift(world, lane);
  if (dice.chance(0.02)) byHand(world, lane);
  for (const each of world.lanes) if (isDisturbed(world, each)) each.disturbedAt = now;
}

function commit(world: AutoscaleWorld): void {
  world.spec = simulatedSpec(world.dice.below(POOL));
  for (const lane of world.lanes) lane.disturbedAt = world.now;
  say(world, `${world.spec.name} is committed`);
}

/** Perhaps later, perhaps while another is live, perhaps far beyond the bounds. */
function beginBurst(world: AutoscaleWorld): void {
  const { dice, now, bursts, burstTruths } = world;
  const { lane } = dice.pick(world.lanes);
  const id = `burst ${bursts.length}`;
  const from = now + dice.pick([0, 0, 0, 120]);
  const until = from + dice.pick([20, 100, 400, 1_200]);
  const to = dice.below(16);
  const who = { author: "ada", reason: "a launch" };
  bursts.push({ id, ...lane, to, from: instant(from), until: instant(until), ...who });
  burstTruths.push({ id, lane, to, from, until, written: undefined });
  say(world, `${id} of ${lane.service} ${lane.region} to ${to} until ${instant(until)}`);
}

function endBurst(world: AutoscaleWorld): void {
  const { dice, now, bursts, burstTruths } = world;
  const live = burstTruths.filter(({ until }) => until > now);
  if (live.length === 0) return;
  const truth = dice.pick(live);
  truth.until = now;
  const index = burstTruths.indexOf(truth);
  const burst = bursts[index];
  if (burst !== undefined) bursts[index] = { ...burst, ended_at: instant(now), ended_by: "ada" };
  say(world, `${truth.id} is ended`);
}

/** Of everything, of a region, of a service or of a service in a region. */
function pause(world: AutoscaleWorld): void {
  const { dice, now, pauses } = world;
  const { lane } = dice.pick(world.lanes);
  const what = dice.pick(["autoscale", "all"] as const);
  pauses.push({
    id: `pause ${pauses.length}`,
    what,
    ...dice.pick([{}, { region: lane.region }, { service: lane.service }, lane]),
    from: instant(now),
    until: instant(now + dice.pick([60, 300, 1_200])),
    author: "ada",
    reason: "looking into it",
  });
  say(world, `a pause: ${JSON.stringify(pauses.at(-1))}`);
}

function endPause(world: AutoscaleWorld): void {
  const { dice, now, pauses } = world;
  const live = pauses.filter(
    ({ until, ended_at: ended = until }) => Date.parse(ended) > now * 1_000,
  );
  if (live.length === 0) return;
  const chosen = dice.pick(live);
  pauses.splice(pauses.indexOf(chosen), 1, { ...chosen, ended_at: instant(now), ended_by: "ada" });
  say(world, `${chosen.id} is ended`);
}

function drift(world: AutoscaleWorld, lane: LaneWorld): void {
  lane.running = world.dice.below(14);
  lane.disturbedAt = world.now;
  lane.settledSince = world.now;
  say(world, `somebody makes it ${lane.running} of ${lane.lane.service} ${lane.lane.region}`);
}

/** `pulumi up`, with or without a controller; while another runs, the lock refuses it. */
function byHand(world: AutoscaleWorld, lane: LaneWorld): void {
  if (lane.run !== undefined) return;
  lane.settledSince = world.now;
  startRun(world, lane, liveSignals(world), true);
  say(world, `a run of ${lane.lane.service} ${lane.lane.region} by hand`);
}

/** Latency depends on what runs, and that on bursts and pauses. */
function isDisturbed({ now, pauses, burstTruths }: AutoscaleWorld, { lane }: LaneWorld): boolean {
  const isPaused = pauseOf(pauses, "autoscale", lane, now * 1_000) !== undefined;
  return isPaused || burstTruths.some((burst) => burst.lane === lane && now < burst.until + 120);
}
