/**
 * One life of a controller, from its seed: specs change, bursts overlap, sources lie, runs fail, people meddle and
 * pause, and it dies at any time. At last every signal falls silent: then the spec must be what runs.
 */
import { createDice } from "../../simulation/dice.ts";
import { turn } from "./controller.ts";
import { happen } from "./meddling.ts";
import { hasHand, operate } from "./runs.ts";
import { POOL, simulatedSpec } from "./specs.ts";
import { createWorld, effectiveCount, instant, liveSignals, say } from "./autoscale-world.ts";
import type { BurstTruth, LaneWorld, AutoscaleWorld } from "./autoscale-world.ts";
import type { LiveSignals } from "../../../compiler/plan/signals.ts";

export interface Outcome {
  readonly seed: number;
  /** What is wrong, as sentences; none is good. */
  readonly violations: readonly string[];
  /** What happened, for a person who replays it. */
  readonly story: readonly string[];
}

const START = Date.UTC(2026, 0, 1) / 1_000;
const TICK_SECONDS = 15;
/** Longer than any run, its retry and the loop need together. */
const SETTLE_SECONDS = 180;
const NO_POLICY_HOLD_SECONDS = 600;

export function simulate(seed: number): Outcome {
  const dice = createDice(seed);
  const world = createWorld(dice, START, simulatedSpec(dice.below(POOL)));
  say(world, world.spec.name);
  const violations = live(world, 30 + dice.below(80));
  return { seed, violations, story: world.story };
}

function live(world: AutoscaleWorld, ticks: number): readonly string[] {
  for (let tick = 0; tick < ticks; tick += 1) {
    if (!world.isCalm) happen(world);
    const found = pass(world);
    if (found.length > 0) return found;
  }
  return fallSilent(world);
}

function fallSilent(world: AutoscaleWorld): readonly string[] {
  const { dice, now } = world;
  const isDead = dice.chance(0.3);
  say(world, `all signals fall silent${isDead ? ", the controller too" : ""}`);
  for (const { load } of world.lanes) load.fallSilent();
  world.faultyUntil = 0;
  world.isCalm = true;
  world.downUntil = isDead ? Number.POSITIVE_INFINITY : Math.min(world.downUntil, now + 60);
  const holds = world.lanes.map(({ lane }) => world.spec.policyOf(lane)?.holdSeconds ?? 0);
  const lastPause = Math.max(now, ...world.pauses.map(({ until }) => Date.parse(until) / 1_000));
  // A burst that was ended just before the controller died still stands in the signals file.
  const bursts = world.burstTruths.map(({ until, written }) => Math.max(until, written ?? 0));
  const lastHold = lastPause + Math.max(...holds, NO_POLICY_HOLD_SECONDS);
  const end = Math.max(lastHold, ...bursts) + 300;
  while (world.now < end) {
    const found = pass(world);
    if (found.length > 0) return found;
  }
  const signals = liveSignals(world);
  return world.lanes.flatMap((lane) => {
    const { replicas } = world.spec.countsOf(lane.lane);
    const effective = effectiveCount(world, lane.lane, signals);
    const where = `${lane.lane.service} ${lane.lane.region}`;
    if (effective !== replicas) return [`${where}: ${effective} in silence, not ${replicas}`];
    if (!isDead && lane.running !== replicas)
      return [`${where}: ${lane.running} run in silence, not ${replicas}`];
    return [];
  });
}

/** Time goes on by a tick: the controller's turn, the runs, the judges. */
function pass(world: AutoscaleWorld): readonly string[] {
  const found = [...turn(world)];
  const signals = liveSignals(world);
  operate(world, signals);
  for (const lane of world.lanes) {
    found.push(
      ...judge(world, lane, signals).map(
        (text) => `${lane.lane.service} ${lane.lane.region} ${text}`,
      ),
    );
    if (isPaused(world, lane)) lane.judge.pause(TICK_SECONDS);
  }
  const at = found.map((text) => `${instant(world.now).slice(11, 19)} ${text}`);
  world.now += TICK_SECONDS;
  return at;
}

function isLive({ from, written }: BurstTruth, now: number): boolean {
  return written !== undefined && from <= now && now < written;
}

/** Whatever pause it is, and whatever others there are. */
function isPaused({ pauses, now }: AutoscaleWorld, { lane }: LaneWorld): boolean {
  return pauses.some(
    ({ from, until, ended_at: ended = until, what, region, service }) =>
      Date.parse(from) <= now * 1_000 &&
      now * 1_000 < Math.min(Date.parse(until), Date.parse(ended)) &&
      what !== "repair" &&
      (region ?? lane.region) === lane.region &&
      (service ?? lane.service) === lane.service,
  );
}

function judge(world: AutoscaleWorld, lane: LaneWorld, signals: LiveSignals): readonly string[] {
  const { now, spec } = world;
  const { service, region } = lane.lane;
  const counts = spec.countsOf(lane.lane);
  const effective = effectiveCount(world, lane.lane, signals);
  const entry = world.documented.find((each) => each.service === service && each.region === region);
  const until = Date.parse(entry?.valid_until ?? "") / 1_000;
  const isValid = entry !== undefined && now < until;
  const isBusy = now < world.faultyUntil || !hasHand(world, lane);
  if (isBusy || effective !== lane.lastEffective) lane.settledSince = now;
  lane.lastEffective = effective;
  const late = now - lane.settledSince > SETTLE_SECONDS && lane.running !== effective;
  return [
    ...lane.judge.moment({
      now,
      spec: spec.name,
      counts,
      isScalable: spec.serviceOf(lane.lane).scalable,
      holdSeconds: spec.policyOf(lane.lane)?.holdSeconds,
      bursts: world.burstTruths
        .filter((burst) => burst.lane === lane.lane && isLive(burst, now))
        .map(({ to }) => to),
      metric: isValid ? { count: entry.count, until } : undefined,
      effective,
      isFresh: world.freshAt === now && now >= world.downUntil,
    }),
    ...(late ? [`still runs ${lane.running}, not ${effective}`] : []),
  ];
}
