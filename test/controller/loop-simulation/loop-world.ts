/** What outlives a controller: time, the branch, the store, the hosts, and those who ask it for things. */
import { compile } from "../../../compiler/compile.ts";
import type { RegionDesired, SpecFile } from "../../../compiler/compile.ts";
import { createToken } from "../../../controller/access/tokens.ts";
import type { ControllerApi } from "../../../controller/api/app.ts";
import type { Reading } from "../../../controller/autoscale/measurements.ts";
import type { Loop } from "../../../controller/loop/loop.ts";
import type { Signals } from "../../../controller/model/signals.ts";
import { openSqlite } from "../../../controller/store/sqlite-store.ts";
import type { Store } from "../../../controller/store/store.ts";
import { createSimulationClock } from "../../kit/simulation-clock.ts";
import type { SimulationClock } from "../../kit/simulation-clock.ts";
import type { Dice } from "../../simulation/dice.ts";
import { simulatedSpec } from "../simulation/specs.ts";
import type { SimulatedSpec } from "../simulation/specs.ts";
import { SimulatedBranch } from "./branch.ts";
import { SimulatedHosts } from "./hosts.ts";

export const REGIONS = ["fra", "iad"] as const;

export interface LivingController {
  readonly loop: Loop;
  readonly api: ControllerApi;
  /** Stacks with a run on its way, and what it has done when it is cut off. */
  readonly running: Map<string, () => void>;
  /** Resolves when it is dead. */
  readonly death: Promise<void>;
  kill(why: string): void;
}

export interface LoopWorld {
  readonly dice: Dice;
  readonly clock: SimulationClock;
  readonly store: Store;
  readonly branch: SimulatedBranch;
  readonly hosts: SimulatedHosts;
  readonly story: string[];
  readonly faults: string[];
  /** Of an operator. */
  readonly token: string;
  readonly tokenId: string;
  /** What sources tell, by service and region. */
  readonly readings: Map<string, number>;
  /** `iad <commit>`: the stack was brought to it, or found to be there. */
  readonly held: Set<string>;
  controller: LivingController | undefined;
  /** How often a store write is the last thing a controller does. */
  deathRate: number;
  /** Chance that a run or a list fails. */
  faultRate: number;
  /** When something last happened that takes the controller time to see to, in milliseconds since 1970. */
  disturbedAt: number;
}

export async function createWorld(dice: Dice): Promise<LoopWorld> {
  const clock = createSimulationClock();
  const store = openSqlite(":memory:");
  const { secret, token } = createToken("ada", "operator", clock.now());
  await store.commit([{ put: "token", token }]);
  const world: LoopWorld = {
    dice,
    clock,
    store,
    branch: new SimulatedBranch(),
    hosts: new SimulatedHosts(),
    story: [],
    faults: [],
    token: secret,
    tokenId: token.id,
    readings: new Map(),
    held: new Set(),
    controller: undefined,
    deathRate: 0,
    faultRate: 0,
    disturbedAt: clock.now(),
  };
  push(world, dice.below(SPECS));
  return world;
}

/** Few, as each is compiled anew for every life. */
export const SPECS = 12;

const byText = new Map<string, SimulatedSpec>();

/** Undefined: nobody pushed it. */
export function specAt({ branch }: LoopWorld, commit: string): SimulatedSpec | undefined {
  if (byText.size === 0)
    for (let index = 0; index < SPECS; index += 1)
      byText.set(textOf(simulatedSpec(index).files), simulatedSpec(index));
  return byText.get(textOf(branch.filesOf(commit) ?? []));
}

function textOf(files: readonly SpecFile[]): string {
  return JSON.stringify(files.map(({ text }) => text).toSorted());
}

export function push(world: LoopWorld, index: number): void {
  const spec = simulatedSpec(index);
  world.branch.push(spec.files);
  say(world, `${spec.name} is pushed as ${world.branch.head.commit.slice(0, 12)}`);
  disturb(world);
}

export function say({ story, clock }: LoopWorld, text: string): void {
  story.push(`${new Date(clock.now()).toISOString().slice(11, 19)} ${text}`);
}

export function blame({ faults, clock }: LoopWorld, text: string): void {
  faults.push(`${new Date(clock.now()).toISOString().slice(11, 19)} ${text}`);
}

export function disturb(world: LoopWorld): void {
  world.disturbedAt = world.clock.now();
}

/** As the program compiles it: at a commit, with signals, now. */
export function desiredAt(
  { branch, clock }: LoopWorld,
  commit: string,
  region: string,
  signals: Signals | undefined,
): RegionDesired {
  const files = branch.filesOf(commit) ?? [];
  const now = new Date(clock.now()).toISOString();
  const compiled = compile(files, { stack: region, signals, now });
  if (!compiled.ok || compiled.desired.kind !== "region") throw new Error(`${commit} is no spec`);
  return compiled.desired;
}

export function readingOf(world: LoopWorld, service: string, region: string): Reading {
  const value = world.readings.get(`${service} ${region}`);
  if (value === undefined) return { error: "not heard" };
  return { atSeconds: world.clock.now() / 1_000, value, missing: 0 };
}
