/** The world around one controller: what it keeps, what runs, and who meddles. Times are seconds since 1970. */
import { planCount } from "../../../compiler/plan/counts.ts";
import { resolveSignals } from "../../../compiler/plan/signals.ts";
import type { LiveSignals } from "../../../compiler/plan/signals.ts";
import { NOTHING_REMEMBERED } from "../../../controller/autoscale/state.ts";
import type { AutoscaleState } from "../../../controller/autoscale/state.ts";
import { renderSignals } from "../../../controller/fleet/signals.ts";
import type { Burst } from "../../../controller/model/burst.ts";
import type { Pause } from "../../../controller/model/pause.ts";
import type { MetricSignal, Signals } from "../../../controller/model/signals.ts";
import type { StoredDecision } from "../../../controller/store/store.ts";
import type { Dice } from "../../simulation/dice.ts";
import { createJudge } from "./judge.ts";
import type { Judge } from "./judge.ts";
import { createLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { LANES } from "./specs.ts";
import type { Lane, SimulatedSpec } from "./specs.ts";

/** What the judge knows of a burst. */
export interface BurstTruth {
  readonly id: string;
  readonly lane: Lane;
  readonly to: number;
  readonly from: number;
  until: number;
  /** Its end in the signals file; undefined: not there yet. */
  written: number | undefined;
}

/** A run of the engine for one lane. */
interface Run {
  readonly target: number;
  readonly endsAt: number;
  readonly fails: boolean;
  readonly byHand: boolean;
}

export interface LaneWorld {
  readonly lane: Lane;
  readonly load: Load;
  readonly judge: Judge;
  /** In the store. */
  state: AutoscaleState;
  decision: StoredDecision | undefined;
  lookedAt: number;
  running: number;
  run: Run | undefined;
  retryAt: number;
  /** When last anything but the load's noise happened. */
  disturbedAt: number;
  /** Since when what should run has stayed the same, with a hand to bring it about. */
  settledSince: number;
  lastEffective: number;
}

export interface AutoscaleWorld {
  readonly dice: Dice;
  readonly lanes: readonly LaneWorld[];
  readonly story: string[];
  now: number;
  spec: SimulatedSpec;
  /** In the store. */
  readonly bursts: Burst[];
  readonly pauses: Pause[];
  readonly burstTruths: BurstTruth[];
  /** The signals file, which outlives the controller, and the recommendations in it. */
  document: string;
  documented: readonly MetricSignal[];
  /** When it was last written. */
  freshAt: number;
  /** The controller is down until then. */
  downUntil: number;
  /** Runs may fail until then. */
  faultyUntil: number;
  /** Nothing happens but the load's noise: in some lives never, at their end always. */
  isCalm: boolean;
}

const QUIET_SHARE = 0.3;

export function createWorld(dice: Dice, start: number, spec: SimulatedSpec): AutoscaleWorld {
  const isQuiet = dice.chance(QUIET_SHARE);
  const chosen = LANES.filter(() => dice.chance(0.4));
  const lanes = (chosen.length > 0 ? chosen : [dice.pick(LANES)]).map((lane): LaneWorld => ({
    lane,
    load: createLoad(dice, start, isQuiet),
    judge: createJudge(),
    state: NOTHING_REMEMBERED,
    decision: undefined,
    lookedAt: Number.NEGATIVE_INFINITY,
    running: spec.countsOf(lane).replicas,
    run: undefined,
    retryAt: start,
    disturbedAt: Number.NEGATIVE_INFINITY,
    settledSince: start,
    lastEffective: spec.countsOf(lane).replicas,
  }));
  const world = {
    dice,
    lanes,
    story: [],
    now: start,
    spec,
    bursts: [],
    pauses: [],
    burstTruths: [],
    document: "",
    documented: [],
    freshAt: start,
    downUntil: 0,
    faultyUntil: 0,
    isCalm: isQuiet,
  };
  writeSignals(world);
  return world;
}

export function instant(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

/** What the store holds, as the signals file. */
export function writeSignals(world: AutoscaleWorld): void {
  const { lanes, bursts, pauses, spec, now } = world;
  const decisions = lanes.flatMap(({ lane, decision }) =>
    decision === undefined || spec.policyOf(lane) === undefined ? [] : [decision],
  );
  const signals: Signals = renderSignals({ bursts, decisions, pauses }, now * 1_000);
  world.document = JSON.stringify(signals);
  world.documented = signals.metrics;
  world.freshAt = now;
  for (const truth of world.burstTruths) truth.written = truth.until;
}

/** As any run of the program reads them. */
export function liveSignals({ spec, document, now }: AutoscaleWorld): LiveSignals {
  const { live, diagnostics } = resolveSignals(spec.spec, JSON.parse(document), instant(now));
  const problem = diagnostics.find(({ severity }) => severity === "error");
  if (problem !== undefined) throw new Error(problem.message);
  return live;
}

export function effectiveCount({ spec }: AutoscaleWorld, lane: Lane, live: LiveSignals): number {
  return planCount(spec.serviceOf(lane), lane.region, live).effective;
}

export function say({ story, now }: AutoscaleWorld, text: string): void {
  story.push(`${instant(now).slice(11, 19)} ${text}`);
}
