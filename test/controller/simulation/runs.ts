/** Runs of the engine: what should run comes to run, later, or not at all. */
import type { LiveSignals } from "../../../compiler/plan/signals.ts";
import { pauseOf } from "../../../controller/fleet/pauses.ts";
import { effectiveCount, say } from "./autoscale-world.ts";
import type { LaneWorld, AutoscaleWorld } from "./autoscale-world.ts";

const RETRY_SECONDS = 30;

/** Ends the runs that are due, and starts one where what runs isn't what should. */
export function operate(world: AutoscaleWorld, live: LiveSignals): void {
  const { now, lanes } = world;
  for (const lane of lanes) {
    if (lane.run !== undefined && now >= lane.run.endsAt) endRun(world, lane);
    const isDue = lane.run === undefined && now >= lane.retryAt;
    if (isDue && hasHand(world, lane) && lane.running !== effectiveCount(world, lane.lane, live))
      startRun(world, lane, live, false);
  }
}

/** Whether the controller may start a run. */
export function hasHand({ now, downUntil, pauses }: AutoscaleWorld, { lane }: LaneWorld): boolean {
  return now >= downUntil && pauseOf(pauses, "all", lane, now * 1_000) === undefined;
}

export function startRun(
  world: AutoscaleWorld,
  lane: LaneWorld,
  live: LiveSignals,
  byHand: boolean,
): void {
  const { dice, now } = world;
  const target = effectiveCount(world, lane.lane, live);
  const fails = now < world.faultyUntil && dice.chance(0.5);
  lane.run = { target, endsAt: now + dice.pick([0, 15, 45]), fails, byHand };
}

/** One that fails has done some of it. */
function endRun(world: AutoscaleWorld, lane: LaneWorld): void {
  const { dice, now } = world;
  const { run, running } = lane;
  if (run === undefined) return;
  lane.run = undefined;
  const share = run.fails ? dice.random() : 1;
  lane.running = running + Math.round((run.target - running) * share);
  if (!run.fails) return;
  say(world, `a run of ${lane.lane.service} ${lane.lane.region} fails at ${lane.running}`);
  lane.retryAt = now + RETRY_SECONDS;
  lane.disturbedAt = now;
}
