/** The controller of the simulation: its real parts, and around them a loop that may die between any two writes. */
import { decide, signalOf } from "../../../controller/autoscale/decide.ts";
import { metricName } from "../../../controller/autoscale/policy.ts";
import { resumeAfterPause } from "../../../controller/autoscale/history.ts";
import { NOTHING_REMEMBERED, stateSchema } from "../../../controller/autoscale/state.ts";
import { pausedBetween, pauseOf } from "../../../controller/fleet/pauses.ts";
import { instant, say, writeSignals } from "./autoscale-world.ts";
import type { LaneWorld, AutoscaleWorld } from "./autoscale-world.ts";

/** One turn of the loop. Returns what the judges found. */
export function turn(world: AutoscaleWorld): readonly string[] {
  const { dice, now, lanes } = world;
  if (now < world.downUntil) return [];
  const found: string[] = [];
  const dies =
    !world.isCalm && dice.chance(0.005)
      ? dice.pick(["before the store", "before the signals"] as const)
      : undefined;
  for (const lane of lanes) if (dies !== "before the store") silence(world, lane);
  for (const lane of lanes) found.push(...look(world, lane, dies === "before the store"));
  if (dies === undefined) writeSignals(world);
  else goDown(world, `the controller dies, ${dies} could be written`);
  return found;
}

export function goDown(world: AutoscaleWorld, why: string): void {
  const { dice, now } = world;
  say(world, why);
  world.downUntil = now + dice.pick([15, 60, 300, 1_200]);
  for (const lane of world.lanes) {
    lane.disturbedAt = now;
    // The next one reads it from the store.
    lane.state = stateSchema.parse(JSON.parse(JSON.stringify(lane.state)));
    // The engine is its child.
    if (lane.run?.byHand === false) lane.run = undefined;
  }
}

/** As the loop does with what the spec doesn't let metrics scale any more. */
function silence({ spec }: AutoscaleWorld, lane: LaneWorld): void {
  if (spec.policyOf(lane.lane) !== undefined || lane.decision === undefined) return;
  lane.decision = undefined;
  lane.state = NOTHING_REMEMBERED;
  lane.judge.forget();
}

function look(world: AutoscaleWorld, lane: LaneWorld, isLost: boolean): readonly string[] {
  const { now, spec } = world;
  const { load, running, judge, lookedAt, lane: name } = lane;
  const policy = spec.policyOf(name);
  if (policy === undefined || now - lookedAt < policy.intervalSeconds) return [];
  if (pauseOf(world.pauses, "autoscale", name, now * 1_000) !== undefined) return [];
  const told = load.tell(policy, running, now);
  const readings = Object.fromEntries(
    told.flatMap(({ metric, reading }) =>
      reading === undefined ? [] : [[metricName(metric), reading]],
    ),
  );
  const pausedMs = pausedBetween(world.pauses, name, lookedAt * 1_000, now * 1_000);
  const state = pausedMs > 0 ? resumeAfterPause(lane.state, pausedMs / 1_000) : lane.state;
  const decision = decide(state, { running, readings }, policy, now);
  if (isLost) return [];
  const before = lane.decision?.count;
  const signal = signalOf(name.service, name.region, decision);
  lane.state = decision.state;
  lane.decision = signal && { ...signal, at: instant(now), inputs: null, state: null };
  lane.lookedAt = now;
  if (decision.count !== before)
    say(world, `${name.service} ${name.region} ${decision.count ?? "-"}: ${decision.reason}`);
  return judge.look({
    now,
    policy,
    told,
    count: decision.count,
    validUntil: decision.validUntilSeconds,
    running,
    calm: load.kind === "steady" && lane.disturbedAt < load.since ? load.since : undefined,
  });
}
