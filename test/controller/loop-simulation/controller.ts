/** A controller made of its real parts. It can be killed at any moment, and at a write of its store it kills itself. */
import { pino } from "pino";
import { createApi } from "../../../controller/api/app.ts";
import type { FleetCompiler } from "../../../controller/fleet/compile-fleet.ts";
import { createHostInspector } from "../../../controller/sources/host-inspector.ts";
import { createLoop } from "../../../controller/loop/loop.ts";
import { RunFailure } from "../../../controller/loop/stack-runner.ts";
import type { RunRequest, RunOutcome } from "../../../controller/loop/stack-runner.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { StoreChange, Store } from "../../../controller/store/store.ts";
import { judgeRun } from "./judge.ts";
import { desiredAt, disturb, readingOf, say } from "./loop-world.ts";
import type { LivingController, LoopWorld } from "./loop-world.ts";

/** Nothing a dead process waits for ever comes. */
const NEVER = new Promise<never>(() => undefined);

export async function startController(
  world: LoopWorld,
  compiler: FleetCompiler,
): Promise<LivingController> {
  const { clock: time, branch, hosts, dice } = world;
  const dying = new AbortController();
  const running = new Map<string, () => void>();
  const store = mortal(world, dying.signal, (why) => kill(why));
  const clock: Clock = {
    now: () => time.now(),
    after(ms, callback) {
      const cancel = time.after(ms, callback);
      dying.signal.addEventListener("abort", cancel, { once: true });
      return () => {
        cancel();
        dying.signal.removeEventListener("abort", cancel);
      };
    },
  };

  function kill(why: string): void {
    if (dying.signal.aborted) return;
    say(world, `the controller dies: ${why}`);
    disturb(world);
    dying.abort();
    // The engine is its child.
    for (const cutOff of running.values()) cutOff();
    world.controller = undefined;
  }

  async function alive<T>(work: Promise<T>): Promise<T> {
    const done = await work;
    return dying.signal.aborted ? NEVER : done;
  }

  async function up(order: RunRequest): Promise<RunOutcome> {
    const { stack, specs: commit, signals } = order;
    judgeRun(world, running, order);
    const desired = stack === "global" ? undefined : desiredAt(world, commit, stack, signals);
    const share = dice.random();
    running.set(stack, () => {
      if (desired !== undefined) hosts.apply(desired, share);
    });
    await alive(time.sleep(dice.pick([2_000, 10_000, 40_000])));
    running.delete(stack);
    disturb(world);
    const isFailing = dice.chance(world.faultRate);
    if (desired !== undefined) hosts.apply(desired, isFailing ? share : 1);
    if (isFailing) throw new RunFailure("a Machine didn't come up", dice.chance(0.2), undefined);
    return { changes: { update: 1 }, outputs: {}, warnings: [], versions: hosts.versions(stack) };
  }

  const log = pino({ level: "silent" });
  const loop = createLoop({
    store,
    specs: branch,
    compiler,
    runner: { up },
    async observe() {
      await alive(time.sleep(100));
      if (dice.chance(world.faultRate)) throw new Error("Fly answers 503");
      return hosts.list();
    },
    inspector: createHostInspector(async (_, { name }) => {
      await alive(time.sleep(100));
      return hosts.inside(name);
    }, clock),
    markSlotsUnknown: async (_, id) => hosts.doubt(id),
    async readMetric({ service, hosts: listed }) {
      await alive(time.sleep(50));
      return readingOf(world, service, listed[0]?.region ?? "");
    },
    clock,
    log,
    intervals: { specsMs: 10_000, driftMs: 30_000, slotsMs: 60_000, confirmMs: 3_000, runs: 4 },
  });
  const api = createApi({
    store,
    specs: branch,
    compiler,
    loop,
    clock,
    log,
    target: "simulated",
    newId: (prefix) => `${prefix}-${dice.below(2 ** 31).toString(36)}`,
    peer: () => "127.0.0.1",
  });
  const death = new Promise<void>((resolve) =>
    dying.signal.addEventListener("abort", () => resolve()),
  );
  const controller = { loop, api, running, death, kill };
  world.controller = controller;
  disturb(world);
  const starting = api
    .recover()
    .catch(() => undefined)
    .then(async () => loop.follow(false))
    .catch(() => undefined)
    .then(async () => loop.start());
  await Promise.race([starting, death]);
  return controller;
}

/** A store whose owner may die right before or after any write; a dead one's calls never return. */
function mortal(world: LoopWorld, dying: AbortSignal, kill: (why: string) => void): Store {
  const { store, dice } = world;
  async function commit(changes: readonly StoreChange[]): Promise<void> {
    if (dying.aborted) return NEVER;
    const fate = dice.chance(world.deathRate) ? dice.pick(["before", "after"] as const) : "none";
    if (fate !== "before") {
      await store.commit(changes);
      for (const change of changes)
        if ("put" in change && change.put === "applied" && change.applied.certain)
          world.held.add(`${change.applied.stack} ${change.applied.commit}`);
    }
    if (fate === "none") return undefined;
    const what = changes.map((change) =>
      "put" in change ? change.put : "add" in change ? change.add : "drop",
    );
    kill(`${fate} it writes ${what.join(", ")}`);
    return NEVER;
  }
  return new Proxy(store, {
    get(target, name: keyof Store) {
      if (name === "commit") return commit;
      const method = target[name] as (...values: unknown[]) => unknown;
      return (...values: unknown[]): unknown =>
        dying.aborted ? NEVER : method.apply(target, values);
    },
  });
}
