/**
 * Keeps what runs at what should run. It looks, decides (`fleet/decide-stacks.ts`), starts what is due, and looks again when
 * something happened or the next moment has come at which something can change. One run per stack at a time.
 */
import { instantOf } from "../model/shapes.ts";
import { waitUntil } from "../../lib/clock.ts";
import { createHash, randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { fingerprint } from "../fleet/compile-fleet.ts";
import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import { backoffMs } from "../fleet/decide-stacks.ts";
import type { RetryState, StackDecision } from "../fleet/decide-stacks.ts";
import type { Applied, Cause, Run } from "../model/run.ts";
import type { Signals } from "../model/signals.ts";
import type { ReadMetric } from "../sources/metric-reader.ts";
import type { SpecsRepository } from "../specs/repository.ts";
import type { StoreChange, Store } from "../store/store.ts";
import type { Clock } from "../../lib/clock.ts";
import { createAutoscaler } from "./autoscaler.ts";
import { expireBurstsAndPauses } from "./expire.ts";
import { createBranchFollower } from "./branch-follower.ts";
import type { Head } from "./branch-follower.ts";
import type { Inspector } from "../sources/host-inspector.ts";
import { createLook } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";
import { RunFailure } from "./stack-runner.ts";
import type { StackRunner } from "./stack-runner.ts";
import { createHostWatcher } from "./host-watcher.ts";

export interface LoopPorts {
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly compiler: FleetCompiler;
  readonly runner: StackRunner;
  /** Hosts of an app, from one list call. */
  readonly observe: (app: string) => Promise<readonly ObservedHost[]>;
  /** What runs inside a host. */
  readonly inspector: Inspector;
  /** Has the next run switch all slots of a host, whatever they are. */
  readonly doubtSlots: (app: string, machineId: string) => Promise<void>;
  readonly readMetric: ReadMetric;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervals: Intervals;
}

export interface Intervals {
  /** How often the branch is looked at. */
  readonly specsMs: number;
  /** How often the hosts are listed. */
  readonly driftMs: number;
  /** How often each host is asked what runs inside it. */
  readonly slotsMs: number;
  /** A deviation counts when it is still seen after so long: lists lag behind. */
  readonly confirmMs: number;
  /** Runs at once, over all stacks. */
  readonly runs: number;
}

export const DEFAULT_INTERVALS: Intervals = {
  specsMs: 10_000,
  driftMs: 30_000,
  slotsMs: 5 * 60_000,
  confirmMs: 3_000,
  runs: 4,
};

export interface Loop {
  /** Something changed: look now. */
  poke(): void;
  /** Looks at the branch now; resolves with what it knows then. Throws what the repository throws. */
  follow(allowOlder: boolean): Promise<Head>;
  /** As of now: the loop's own eyes, for status and checks of requests. */
  view(): Promise<Snapshot>;
  signals(): Promise<Signals>;
  /** The newest commit that can be run, without a look at anything else. */
  head(): Head | undefined;
  /** A region as that commit has it, whatever the signals ask for. */
  region(code: string): RegionDesired | undefined;
  start(): Promise<void>;
  /** Lets the running runs end in order, and waits for them. */
  stop(): Promise<void>;
}

const NO_SIGNALS: Signals = { version: 1, as_of: "", bursts: [], metrics: [] };

/** Without a reason to look earlier. */
const LONGEST_SLEEP_MS = 60_000;

export function createLoop(ports: LoopPorts): Loop {
  const { store, specs, runner, clock, log, intervals } = ports;
  const follower = createBranchFollower(ports);
  const watcher = createHostWatcher(ports);
  const autoscaler = createAutoscaler(ports);
  const failures = new Map<string, RetryState>();
  const running = new Map<string, Promise<void>>();
  const latest = new Map<string, { commit: string; cause: Cause }>();
  const look = createLook(ports, follower, watcher, { failures, running, latest });
  const abort = new AbortController();
  let wake = new AbortController();
  let ended: Promise<void> = Promise.resolve();

  const poke = (): void => wake.abort();

  async function step(): Promise<void> {
    const over = await expireBurstsAndPauses(store, clock.now());
    for (const text of over) log.info(text);
    await follower.followWhenDue();
    const head = follower.head();
    if (head === undefined) return;
    const busy = new Set(running.keys());
    const applied = await store.applied();
    const { signals } = await look.open();
    const found = await watcher.watchWhenDue({
      app: head.app,
      busy,
      applied,
      // Only where that is what the last run brought about: else a run is due, and what differs is no drift.
      desired: (stack, { commit, fingerprint: brought }) => {
        const desired = look.desired(commit, stack, signals);
        const outputs = applied.get("global")?.outputs ?? "";
        if (desired?.kind !== "region" || fingerprint(desired, outputs).whole !== brought)
          return undefined;
        return desired;
      },
      stacks: head.stacks.filter((stack) => stack !== "global"),
    });
    if (found.length > 0) await store.commit(found);
    await autoscaler.lookWhenDue(await look.now());
    const { stacks } = await look.now();
    for (const { decision, applied: was, desired } of stacks) {
      if (decision.note !== undefined && was !== undefined)
        await store.commit([{ put: "applied", applied: { ...was, ...decision.note } }]);
      if (decision.start !== undefined && running.size < intervals.runs && !abort.signal.aborted)
        await startRun(decision, was, desired);
    }
  }

  async function startRun(
    { stack, start }: StackDecision,
    was: Applied | undefined,
    desired: RegionDesired | undefined,
  ): Promise<void> {
    if (start === undefined) return;
    const { commit, fingerprint: wanted, desired: own, cause } = start;
    const startedAt = instantOf(clock.now());
    const run: Run = {
      id: `r-${randomBytes(6).toString("hex")}`,
      stack,
      commit,
      cause,
      state: "running",
      started_at: startedAt,
    };
    const counts = countsOf(desired);
    const before = was?.counts ?? {};
    const both = Object.fromEntries(
      [...new Set([...Object.keys(before), ...Object.keys(counts)])].map((name) => [
        name,
        Math.max(before[name] ?? 0, counts[name] ?? 0),
      ]),
    );
    const applied: Applied = {
      stack,
      commit,
      fingerprint: wanted,
      desired: own,
      outputs: was?.outputs ?? "",
      counts: both,
      versions: {},
      at: startedAt,
      certain: false,
    };
    // First what we are about to do, then doing it: after a crash in between it is found unfinished.
    await store.commit([
      { put: "run", run },
      { put: "applied", applied },
      { add: "event", event: { at: startedAt, type: "run.started", data: { ...run } } },
      { drop: "request", stack },
    ]);
    latest.set(stack, { commit, cause });
    log.info({ run: run.id, stack, commit, cause: cause.text }, "run started");
    const ending = execute(run, { ...applied, counts, certain: true })
      .catch((error: unknown) => log.error({ run: run.id, err: error }, "run couldn't be recorded"))
      .finally(() => {
        running.delete(stack);
        watcher.forget(stack);
        poke();
      });
    running.set(stack, ending);
  }

  async function execute(run: Run, applied: Applied): Promise<void> {
    const { id, stack, commit } = run;
    try {
      const { signals } = await look.open();
      const folder = await specs.export(commit);
      if (run.cause.kind === "drift") await doubtSwitched(stack);
      const outcome = await runner.up({ id, stack, specs: folder, signals, abort: abort.signal });
      failures.delete(stack);
      const at = instantOf(clock.now());
      const outputs = hash(outcome.outputs);
      const { changes, warnings } = outcome;
      const ended = { ...run, ended_at: at, changes, warnings: [...warnings] };
      await finish({ ...ended, state: "succeeded" }, [
        { put: "applied", applied: { ...applied, outputs, versions: outcome.versions, at } },
      ]);
      logWarnings(run, warnings);
      log.info({ run: id, stack, changes }, "run succeeded");
    } catch (error) {
      const isLocked = error instanceof RunFailure && error.locked;
      const text = error instanceof Error ? error.message : String(error);
      const isOurEnd = abort.signal.aborted;
      const count = (failures.get(stack)?.count ?? 0) + 1;
      const at = clock.now();
      failures.set(stack, {
        count,
        fingerprint: applied.fingerprint,
        error: text,
        nextAttemptAt: at + backoffMs(count, isLocked),
      });
      const state = isOurEnd ? "interrupted" : "failed";
      const warnings = error instanceof RunFailure ? [...error.warnings] : [];
      await finish({ ...run, state, ended_at: instantOf(at), error: text, warnings }, []);
      logWarnings(run, warnings);
      log.warn({ run: id, stack, error: text }, `run ${state}`);
    }
  }

  function logWarnings({ id, stack }: Run, warnings: readonly string[]): void {
    for (const warning of warnings) log.warn({ run: id, stack, warning }, "run warning");
  }

  /** The provider believes a host's metadata, which know nothing of a slot that was switched past it. */
  async function doubtSwitched(stack: string): Promise<void> {
    const app = follower.head()?.app;
    const hosts = new Set(watcher.drift(stack).flatMap(({ slot, host }) => (slot ? [host] : [])));
    for (const { id, name } of watcher.seen(stack)?.hosts ?? [])
      if (app !== undefined && hosts.has(name)) await ports.doubtSlots(app, id);
  }

  async function finish(run: Run, changes: readonly StoreChange[]): Promise<void> {
    const at = run.ended_at ?? instantOf(clock.now());
    await store.commit([
      { put: "run", run },
      ...changes,
      { add: "event", event: { at, type: "run.ended", data: { ...run } } },
    ]);
  }

  /** When something can change by itself, after `now`. */
  async function nextMoment(now: number): Promise<number> {
    const { bursts, pauses, signals } = await look.open();
    const moments = [
      ...[...bursts, ...pauses].flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]),
      ...signals.metrics.map(({ valid_until: until }) => Date.parse(until)),
      ...[...failures.values()].map(({ nextAttemptAt }) => nextAttemptAt),
      follower.nextAt(),
      watcher.nextAt(),
      autoscaler.nextAt(),
    ].filter((moment) => moment > now);
    return Math.min(now + LONGEST_SLEEP_MS, ...moments);
  }

  async function live(): Promise<void> {
    while (!abort.signal.aborted) {
      wake = new AbortController();
      const from = clock.now();
      const stop = (): void => wake.abort();
      abort.signal.addEventListener("abort", stop, { once: true });
      try {
        await step();
      } catch (error) {
        log.error({ err: error }, "the loop stumbled; it goes on");
        await waitUntil(clock, clock.now() + 1_000, abort.signal);
      }
      await waitUntil(clock, await nextMoment(from), wake.signal);
      abort.signal.removeEventListener("abort", stop);
    }
  }

  async function recover(): Promise<void> {
    for (const run of await store.runs(200))
      if (!latest.has(run.stack)) latest.set(run.stack, { commit: run.commit, cause: run.cause });
    const at = instantOf(clock.now());
    for (const run of await store.unfinishedRuns()) {
      await finish(
        {
          ...run,
          state: "interrupted",
          ended_at: at,
          error: "the controller ended in the middle of it",
        },
        [],
      );
      log.warn({ run: run.id, stack: run.stack }, "run was interrupted by our own end");
    }
  }

  return {
    poke,
    async follow(allowOlder) {
      const head = await follower.follow(allowOlder);
      poke();
      return head;
    },
    view: async () => look.now(),
    signals: async () => (await look.open()).signals,
    head: () => follower.head(),
    region(code) {
      const commit = follower.head()?.revision.commit;
      const desired = commit === undefined ? undefined : look.desired(commit, code, NO_SIGNALS);
      return desired?.kind === "region" ? desired : undefined;
    },
    async start() {
      await recover();
      ended = live();
    },
    async stop() {
      abort.abort();
      await ended;
      await Promise.all(running.values());
    },
  };
}

function countsOf(desired: RegionDesired | undefined): Record<string, number> {
  return Object.fromEntries(
    (desired?.services ?? []).map(({ name, effective }) => [name, effective]),
  );
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
