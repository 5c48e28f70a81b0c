/**
 * Simulates one fleet from a seed: it may exist already; a person changes it; the API fails and the process may die; then
 * it runs once more without faults. After that everything must be as the spec says, and another run must change nothing.
 */
import { startFlyApi } from "../../local/fly/server.ts";
import type { FlyApi } from "../../local/fly/server.ts";
import { createSimulationClock } from "../kit/simulation-clock.ts";
import type { SimulationClock } from "../kit/simulation-clock.ts";
import { createDice } from "./dice.ts";
import type { Dice } from "./dice.ts";
import { emptyStack, up } from "./engine.ts";
import type { Report, StackState } from "./engine.ts";
import { deviations, leasesHeld, slotDeviations, volumeDeviations } from "./expect-fleet.ts";
import {
  breakImage,
  changeFleet,
  globalProgram,
  mendImage,
  randomFleet,
  regionProgram,
  withoutShrinking,
} from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { meddle } from "./meddling.ts";
import { startProcess } from "./process.ts";
import type { Crash, Mutation } from "./process.ts";
import { badDayMs, randomCrash, randomFaults } from "./trouble.ts";

export interface Outcome {
  readonly seed: number;
  /** What is wrong, as sentences; empty if nothing is. */
  readonly violations: readonly string[];
  /** What happened, for people who replay the seed. */
  readonly story: readonly string[];
}

export interface SimulationOptions {
  /** Folder with the marker of a local backend, as `file://…`. */
  readonly backend: string;
  readonly mutation?: Mutation;
}

interface World {
  readonly api: FlyApi;
  readonly clock: SimulationClock;
  readonly dice: Dice;
  readonly stacks: Map<string, StackState>;
  readonly options: SimulationOptions;
  readonly story: string[];
}

export async function simulate(seed: number, options: SimulationOptions): Promise<Outcome> {
  const dice = createDice(seed);
  const clock = createSimulationClock();
  const api = await startFlyApi({
    clock,
    seed,
    limits: dice.chance(0.5),
    lagMs: dice.pick([0, 150, 2_000]),
  });
  const world: World = { api, clock, dice, stacks: new Map(), options, story: [] };
  try {
    const violations = await live(world);
    return { seed, violations, story: world.story };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, violations: [`the simulation itself failed: ${text}`], story: world.story };
  } finally {
    await clock.drive(api.close());
  }
}

async function live(world: World): Promise<readonly string[]> {
  const { dice, api, clock, story } = world;
  const before = randomFleet(dice);
  if (dice.chance(0.7)) {
    const errors = await deploy(world, before);
    if (errors.length > 0) return errors.map((error) => `the first run failed: ${error.message}`);
  } else story.push("there was nothing before");

  const change = withoutShrinking(before, changeFleet(dice, before));
  const isBroken = dice.chance(0.25);
  const faults = randomFaults(dice);
  const crash = randomCrash(dice);
  if (dice.chance(0.3)) story.push(`somebody ${await clock.drive(meddle(api, dice))}`);
  // Longer than any list lags, since otherwise a copy of a host that then leaves the spec would stay unknown.
  await clock.drive(clock.sleep(dice.pick([10_000, 60_000])));
  for (const fault of faults) api.faults.add(fault);
  story.push(
    `a run with ${isBroken ? "a bad image, " : ""}faults ${JSON.stringify(faults)} and crash ${JSON.stringify(crash)}`,
  );
  const attempt = isBroken ? breakImage(dice, change) : change;
  const errors = await deploy(world, attempt, crash);
  api.faults.clear();
  const isBackedOut = errors.length > 0 && dice.chance(0.5);
  const wish = isBackedOut ? withoutShrinking(attempt, before) : change;
  const fleet = leavesUnknown(world, wish) ? mendImage(attempt) : wish;
  if (fleet === wish && isBackedOut) story.push("the change is taken back");
  await clock.drive(clock.sleep(dice.pick([0, 1_000, 600_000])));
  if (faults.some((fault) => "preset" in fault)) await clock.drive(clock.sleep(badDayMs));

  // A lease of the dead process expires; one that the clean run leaves is a violation.
  const leftBehind = leasesHeld(api, clock.now());
  const rest = await deploy(world, fleet);
  const leftByClean = leasesHeld(api, clock.now());
  // A Machine that the dead process rolled back may still be starting, which isn't drift.
  await clock.drive(clock.sleep(60_000));
  const found = [
    ...rest.map((error) => `the clean run failed: ${error.message}`),
    ...deviations(api, fleet),
    ...leftByClean
      .filter((lease) => !leftBehind.includes(lease))
      .map((lease) => `the clean run left a lease: ${lease}`),
    ...leasesHeld(api, clock.now()).map((lease) => `a long lease: ${lease}`),
    ...volumeDeviations(api),
    ...(await clock.drive(slotDeviations(api, fleet))),
  ];
  if (found.length > 0) return found;
  const seen = api.calls.list(0).at(-1)?.seq ?? 0;
  const again = await deploy(world, fleet);
  const writes = api.calls.list(seen).filter(({ method }) => method !== "GET");
  return [
    ...again.map((error) => `the second run failed: ${error.message}`),
    ...writes.map(({ method, path }) => `the second run wrote: ${method} ${path}`),
    ...(story.at(-1)?.includes("nothing to do") === true
      ? []
      : ["the second run had something to do"]),
  ];
}

/**
 * Says whether the process died while it created a host or secrets that this spec doesn't contain: neither the state
 * nor the spec mentions them then, so no run can find them.
 */
function leavesUnknown({ stacks }: World, fleet: Fleet): boolean {
  const known = new Set(["app", "address", ...fleet.hosts.map(({ name }) => name)]);
  const begun = [...stacks.values()].flatMap(({ pending }) => [...pending]);
  return begun.some((urn) => !known.has(urn));
}

/** Runs `global`, then the regions, each in its own process. Stops at the first failure. */
async function deploy(world: World, fleet: Fleet, crash?: Crash): Promise<readonly Error[]> {
  const { stacks, story } = world;
  let left = crash?.nth ?? 0;
  const programs = ["global", ...new Set([...stacks.keys(), ...fleet.hosts.map((h) => h.region)])];
  const happened: string[] = [];
  for (const name of new Set(programs)) {
    const state = stacks.get(name) ?? emptyStack();
    stacks.set(name, state);
    const process = startProcess({
      ...world,
      backend: world.options.backend,
      random: () => world.dice.random(),
      ...(world.options.mutation === undefined ? {} : { mutation: world.options.mutation }),
      crash: crash === undefined ? undefined : { ...crash, nth: left },
    });
    const program =
      name === "global" ? globalProgram(fleet) : regionProgram(fleet, name, globalOutputs(stacks));
    const report = await world.clock.drive(
      Promise.race([up(process, state, program), process.died.then(() => undefined)]),
    );
    left -= process.counted();
    happened.push(`${name}: ${report === undefined ? "killed" : tell(report)}`);
    const errors = report?.errors ?? [new Error("killed")];
    if (errors.length > 0) {
      story.push(happened.join("; "));
      return errors;
    }
  }
  const isIdle = happened.every((line) => line.endsWith(": -"));
  story.push(isIdle ? "nothing to do" : happened.join("; "));
  return [];
}

function tell({ done, gone, errors }: Report): string {
  const parts = [...gone.map((urn) => `${urn} is gone`), ...done, ...errors.map((e) => e.message)];
  return parts.length === 0 ? "-" : parts.join(", ");
}

function globalOutputs(stacks: ReadonlyMap<string, StackState>) {
  const resources = stacks.get("global")?.resources;
  const secrets = resources?.get("secrets")?.outputs ?? {};
  return {
    appId: resources?.get("app")?.outputs["appId"],
    secretsVersion: secrets["version"] ?? 0,
    digests: (secrets["digests"] ?? {}) as Readonly<Record<string, string>>,
  };
}
