/** The controller of the simulation: its real parts, and around them a loop that may die between any two writes. */
import { decide } from "../../../controller/autoscale/decide.ts";
import { metricName } from "../../../controller/autoscale/policy.ts";
import { resume } from "../../../controller/autoscale/resume.ts";
import { metricSignal } from "../../../controller/autoscale/signal.ts";
import { stateSchema } from "../../../controller/autoscale/state.ts";
import { pauseOf } from "../../../controller/fleet/pauses.ts";
import { instant, say, writeSignals } from "./world.ts";
import type { LaneWorld, World } from "./world.ts";

/** One turn of the loop. Returns what the judges found. */
export function turn(world: World): readonly string[] {
  const { dice, now, lanes } = world;
  if (now < world.downUntil) return [];
  const found: string[] = [];
  const dies =
    !world.isCalm && dice.chance(0.005)
      ? dice.pick(["before the store", "before the signals"] as const)
      : undefined;
  for (const lane of lanes) found.push(...look(world, lane, dies === "before the store"));
  if (dies === undefined) writeSignals(world);
  else goDown(world, `the controller dies, ${dies} could be written`);
  return found;
}

export function goDown(world: World, why: string): void {
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

function look(world: World, lane: LaneWorld, isLost: boolean): readonly string[] {
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
  const pausedSeconds = pausedSince(world, lane);
  const state = pausedSeconds > 0 ? resume(lane.state, pausedSeconds) : lane.state;
  const decision = decide(state, { running, readings }, policy, now);
  if (isLost) return [];
  const before = lane.decision?.count;
  const signal = metricSignal(name.service, name.region, decision);
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
    pausedSeconds,
    calm: load.kind === "steady" && lane.disturbedAt < load.since ? load.since : undefined,
  });
}

/** The longest pause since the last look. */
function pausedSince({ pauses, now }: World, { lane, lookedAt }: LaneWorld): number {
  const covering = pauses.filter(
    ({ what, region, service }) =>
      what !== "repair" &&
      (region ?? lane.region) === lane.region &&
      (service ?? lane.service) === lane.service,
  );
  const lengths = covering.map(({ from, until }) => {
    const end = Math.min(Date.parse(until) / 1_000, now);
    return end - Math.max(Date.parse(from) / 1_000, lookedAt);
  });
  return Math.max(0, ...lengths);
}
