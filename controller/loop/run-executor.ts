/** Starts runs, records how they end, and keeps when a stack that failed may be tried again. */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { Clock } from "../../lib/clock.ts";
import { sha256 } from "../../lib/hash.ts";
import { messageOf } from "../../lib/message-of.ts";
import { backoffMs } from "../fleet/decide-stacks.ts";
import type { RetryState, StackDecision } from "../fleet/decide-stacks.ts";
import type { Applied, Cause, Run } from "../model/run.ts";
import { instantOf } from "../model/shapes.ts";
import type { Signals } from "../model/signals.ts";
import type { SpecsRepository } from "../specs/repository.ts";
import type { Store, StoreChange } from "../store/store.ts";
import { RunFailure } from "./stack-runner.ts";
import type { StackRunner } from "./stack-runner.ts";

export interface RunExecutorPorts {
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly runner: StackRunner;
  readonly clock: Clock;
  readonly log: Logger;
  /** Signals as of the run's start. */
  readonly signals: () => Promise<Signals>;
  /** Called before a run that repairs drift. */
  readonly beforeRepair: (stack: string) => Promise<void>;
  /** Called after every run, whatever came of it. */
  readonly afterRun: (stack: string) => void;
}

/** By stack. */
export interface RunMemory {
  readonly failures: ReadonlyMap<string, RetryState>;
  readonly running: ReadonlyMap<string, Promise<void>>;
  /** The latest run, successful or not. */
  readonly latest: ReadonlyMap<string, { readonly commit: string; readonly cause: Cause }>;
}

export interface RunExecutor {
  readonly memory: RunMemory;
  /** Starts the run that the decision asks for; resolves once it is stored, not when it ends. */
  start(
    decision: StackDecision,
    was: Applied | undefined,
    desired: RegionDesired | undefined,
  ): Promise<void>;
  /** After a start of the controller: marks the runs as interrupted that its end cut off. */
  recover(): Promise<void>;
  /** Aborts the running runs, which then end in order, and starts no other. */
  abort(): void;
  /** Resolves when no run is running. */
  idle(): Promise<void>;
}

export function createRunExecutor(ports: RunExecutorPorts): RunExecutor {
  const { store, specs, runner, clock, log } = ports;
  const failures = new Map<string, RetryState>();
  const running = new Map<string, Promise<void>>();
  const latest = new Map<string, { commit: string; cause: Cause }>();
  const abort = new AbortController();

  async function start(
    { stack, start: goal }: StackDecision,
    was: Applied | undefined,
    desired: RegionDesired | undefined,
  ): Promise<void> {
    if (goal === undefined || abort.signal.aborted) return;
    const { commit, fingerprint, cause } = goal;
    const at = instantOf(clock.now());
    const id = `r-${randomBytes(6).toString("hex")}`;
    const run: Run = { id, stack, commit, cause, state: "running", started_at: at };
    const counts = countsOf(desired);
    const applied: Applied = {
      stack,
      commit,
      fingerprint,
      desired: goal.desired,
      outputs: was?.outputs ?? "",
      counts: largerCounts(was?.counts ?? {}, counts),
      versions: {},
      at,
      certain: false,
    };
    // The intention is stored first: after a crash in between the run is found unfinished.
    await store.commit([
      { put: "run", run },
      { put: "applied", applied },
      { add: "event", event: { at, type: "run.started", data: { ...run } } },
      { drop: "request", stack },
    ]);
    latest.set(stack, { commit, cause });
    log.info({ run: id, stack, commit, cause }, "run started");
    const ending = execute(run, { ...applied, counts, certain: true })
      .catch((error: unknown) => log.error({ run: id, stack, err: error }, "run record failed"))
      .finally(() => {
        running.delete(stack);
        ports.afterRun(stack);
      });
    running.set(stack, ending);
  }

  async function execute(run: Run, applied: Applied): Promise<void> {
    const { id, stack, commit } = run;
    try {
      const signals = await ports.signals();
      const folder = await specs.export(commit);
      if (run.cause.kind === "drift") await ports.beforeRepair(stack);
      const outcome = await runner.up({ id, stack, specs: folder, signals, abort: abort.signal });
      failures.delete(stack);
      const at = instantOf(clock.now());
      const outputs = sha256(JSON.stringify(outcome.outputs)).slice(0, 32);
      const { changes, warnings, versions } = outcome;
      await finish({ ...run, state: "succeeded", ended_at: at, changes, warnings: [...warnings] }, [
        { put: "applied", applied: { ...applied, outputs, versions, at } },
      ]);
      logWarnings(run, warnings);
      log.info({ run: id, stack, changes }, "run succeeded");
    } catch (error) {
      await fail(run, applied.fingerprint, error);
    }
  }

  async function fail(run: Run, fingerprint: string, error: unknown): Promise<void> {
    const { id, stack } = run;
    const isLocked = error instanceof RunFailure && error.locked;
    const text = messageOf(error);
    const count = (failures.get(stack)?.count ?? 0) + 1;
    const at = clock.now();
    const nextAttemptAt = at + backoffMs(count, isLocked);
    failures.set(stack, { count, fingerprint, error: text, nextAttemptAt });
    const state = abort.signal.aborted ? "interrupted" : "failed";
    const warnings = error instanceof RunFailure ? [...error.warnings] : [];
    await finish({ ...run, state, ended_at: instantOf(at), error: text, warnings }, []);
    logWarnings(run, warnings);
    log.warn({ run: id, stack, error: text, failures: count }, `run ${state}`);
  }

  function logWarnings({ id, stack }: Run, warnings: readonly string[]): void {
    for (const warning of warnings) log.warn({ run: id, stack, warning }, "run warning");
  }

  async function finish(run: Run, changes: readonly StoreChange[]): Promise<void> {
    const at = run.ended_at ?? instantOf(clock.now());
    await store.commit([
      { put: "run", run },
      ...changes,
      { add: "event", event: { at, type: "run.ended", data: { ...run } } },
    ]);
  }

  return {
    memory: { failures, running, latest },
    start,
    async recover() {
      for (const run of await store.runs(200))
        if (!latest.has(run.stack)) latest.set(run.stack, { commit: run.commit, cause: run.cause });
      const at = instantOf(clock.now());
      for (const run of await store.unfinishedRuns()) {
        const error = "the controller ended during the run";
        await finish({ ...run, state: "interrupted", ended_at: at, error }, []);
        log.warn({ run: run.id, stack: run.stack, error }, "run interrupted");
      }
    },
    abort: () => abort.abort(),
    async idle() {
      await Promise.all(running.values());
    },
  };
}

function countsOf(desired: RegionDesired | undefined): Record<string, number> {
  return Object.fromEntries(
    (desired?.services ?? []).map(({ name, effective }) => [name, effective]),
  );
}

/** While a run is in progress, what it removes may still be there and what it adds may be there already. */
function largerCounts(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names].map((name) => [name, Math.max(before[name] ?? 0, after[name] ?? 0)]),
  );
}
