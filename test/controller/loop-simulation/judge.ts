/** What must hold, reckoned from what really happened. */
import { createHash } from "node:crypto";
import { bearer } from "../../../fixtures/bearer.ts";
import { rolloutOrder } from "../../../compiler/compile.ts";
import type { RunRequest } from "../../../controller/loop/stack-runner.ts";
import type { Pause } from "../../../controller/model/pause.ts";
import { statusSchema } from "../../../controller/model/status.ts";
import { LANES } from "../simulation/specs.ts";
import { keyOf } from "./people.ts";
import type { Asked } from "./people.ts";
import { blame, desiredAt, REGIONS, say, specAt } from "./loop-world.ts";
import type { LoopWorld } from "./loop-world.ts";

/** Longer than any run, its retries and the looks in between need together. */
export const SETTLE_MS = 8 * 60_000;

/** A pause counts from when it was asked for, and holds once it is written. */
const REQUEST_MS = 1_000;

/** At the start of each run. */
export function judgeRun(
  world: LoopWorld,
  running: ReadonlyMap<string, unknown>,
  { stack, specs: commit, signals }: RunRequest,
): void {
  say(world, `a run of ${stack} at ${commit.slice(0, 12)}`);
  if (running.has(stack)) blame(world, `${stack} has two runs at once`);
  const spec = specAt(world, commit);
  if (spec === undefined) return blame(world, `${stack} runs from ${commit}, which nobody pushed`);
  if (stack === "global") return undefined;
  judgeOrder(world, stack, commit);
  const desired = desiredAt(world, commit, stack, signals);
  for (const lane of LANES.filter(({ region }) => region === stack)) {
    const { min, max } = spec.countsOf(lane);
    const count = desired.services.find(({ name }) => name === lane.service)?.effective ?? 0;
    if (count < min || count > max)
      blame(world, `${lane.service} in ${stack} is to be ${count}, outside ${min}–${max}`);
  }
}

/** `global` and the canary hold a commit before any other region gets it. */
function judgeOrder(world: LoopWorld, stack: string, commit: string): void {
  const { held, branch } = world;
  const order = rolloutOrder(branch.filesOf(commit) ?? []);
  const canary = order.ok ? (order.regions[0] ?? "") : "";
  if (stack === canary || held.has(`${stack} ${commit}`)) return;
  for (const leader of ["global", canary])
    if (!held.has(`${leader} ${commit}`))
      blame(world, `${stack} runs ${commit.slice(0, 12)} before ${leader} has it`);
}

/** Pauses, as the store has them when a run is noted. */
export async function judgeRuns(world: LoopWorld, seen: Set<string>): Promise<void> {
  const { store } = world;
  const pauses = await store.pausesSince("1970-01-01T00:00:00.000Z");
  for (const run of (await store.runs(50)).toReversed()) {
    if (seen.has(run.id)) continue;
    seen.add(run.id);
    const { stack, cause, started_at: startedAt } = run;
    const at = Date.parse(startedAt);
    const held = pauses.find((pause) => holds(pause, stack, at) && isFor(pause, cause.kind));
    if (held !== undefined)
      blame(world, `${stack} runs for ${cause.kind} while ${JSON.stringify(held)}`);
  }
}

function isFor({ what }: Pause, cause: string): boolean {
  return what === "all" || (what === "repair" && cause === "drift");
}

/** A whole stack is held by a pause of the fleet or of its region. */
function holds(pause: Pause, stack: string, at: number): boolean {
  const { from, until, ended_at: ended = until, region = stack, service } = pause;
  return (
    region === stack &&
    service === undefined &&
    Date.parse(from) + REQUEST_MS < at &&
    at < Math.min(Date.parse(until), Date.parse(ended))
  );
}

/**
 * What was accepted holds, and what is asked for is what runs, unless something kept the controller from it.
 *
 * @param awry since when each region has differed while nothing did, in milliseconds since 1970
 */
export async function judgeProgress(
  world: LoopWorld,
  asked: readonly Asked[],
  awry: Map<string, number>,
): Promise<void> {
  const { controller, branch, hosts, store, clock } = world;
  const now = clock.now();
  const open = new Set((await store.openBursts()).map(({ reason }) => reason));
  for (const { kind, reason, status, until, endedAt = until } of asked)
    if (kind === "burst" && status === 201 && endedAt > now && !open.has(reason))
      blame(world, `${reason} was accepted and is lost`);
  const isPaused = (await store.openPauses()).some(({ until }) => Date.parse(until) > now);
  const isKept = controller === undefined || isPaused || world.faultRate > 0 || !branch.isReachable;
  const signals = await controller?.loop.signals();
  for (const region of REGIONS) {
    const desired = desiredAt(world, branch.head.commit, region, signals);
    const [difference] = isKept ? [] : hosts.differences(desired);
    if (difference === undefined) awry.delete(region);
    else if (now - (awry.get(region) ?? now) > SETTLE_MS) blame(world, `still ${difference}`);
    else if (!awry.has(region)) awry.set(region, now);
  }
}

/** Left alone for long: what the spec says is what runs, and the status says so. */
export async function judgeRest(world: LoopWorld): Promise<void> {
  const { controller, branch, hosts } = world;
  if (controller === undefined) return blame(world, "there is no controller");
  for (const region of REGIONS)
    for (const text of hosts.differences(desiredAt(world, branch.head.commit, region, undefined)))
      blame(world, `at rest ${text}`);
  const answer = await controller.api.app.request("/v1/status", {
    headers: bearer(world.token),
  });
  const status = statusSchema.parse(await answer.json());
  for (const { stack, state, why } of status.stacks)
    if (state !== "in_sync") blame(world, `at rest ${stack} is ${state}: ${why}`);
  for (const { name, regions } of status.services)
    for (const { region, effective, current, pending } of regions)
      if (current !== effective || pending.length > 0)
        blame(world, `at rest the status says ${current} of ${effective} ${name} in ${region}`);
  return undefined;
}

/** What was asked for is there once, however often the controller died over it, and in the audit log. */
export async function judgeRequests(world: LoopWorld, asked: readonly Asked[]): Promise<void> {
  const { store } = world;
  const audit = await store.audit({ after: 0, limit: 10_000 });
  const runs = await store.runs(10_000);
  for (const { kind, reason, isAnswered, answeredAt, status } of asked) {
    // One that was settled after a crash has no reason there.
    const request = requestOf(world, reason);
    const done = audit.filter((entry) => entry.request === request && entry.result === "done");
    if (done.length > 1) blame(world, `${reason} is done ${done.length} times`);
    const isDone = isAnswered && status < 300;
    if (isDone && done.length === 0) blame(world, `${reason} isn't in the audit log`);
    if (kind !== "reconcile" || !isDone) continue;
    for (const stack of ["global", ...REGIONS])
      if (!runs.some((run) => run.stack === stack && Date.parse(run.started_at) >= answeredAt))
        blame(world, `${reason} was accepted, and ${stack} never ran`);
  }
  for (const stack of ["global", ...REGIONS]) {
    const unfinished = runs.filter((run) => run.stack === stack && run.state === "running");
    if (unfinished.length > 0) blame(world, `${stack} has unfinished runs at rest`);
  }
}

function requestOf({ tokenId }: LoopWorld, reason: string): string {
  return createHash("sha256")
    .update(`${tokenId} ${keyOf(reason)}`)
    .digest("hex")
    .slice(0, 32);
}
