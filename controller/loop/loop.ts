/**
 * Brings what runs to the desired state. A step takes a snapshot, decides (`fleet/decide-stacks.ts`) and starts the runs that
 * are due; the next step follows when something happened, or at the next moment at which something can change by itself.
 */
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import { waitUntil } from "../../lib/clock.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { fingerprint } from "../fleet/compile-fleet.ts";
import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import type { Signals } from "../model/signals.ts";
import type { HostInspector } from "../sources/host-inspector.ts";
import type { ReadMetric } from "../sources/metric-sources.ts";
import type { SpecsRepository } from "../specs/repository.ts";
import type { Store } from "../store/store.ts";
import { createAutoscaler } from "./autoscaler.ts";
import { createBranchFollower } from "./branch-follower.ts";
import type { Head } from "./branch-follower.ts";
import { expireBurstsAndPauses } from "./expire.ts";
import { createHostWatcher } from "./host-watcher.ts";
import type { Intervals } from "./intervals.ts";
import { createRunExecutor } from "./run-executor.ts";
import { createSnapshotTaker } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StackRunner } from "./stack-runner.ts";

export interface LoopPorts {
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly compiler: FleetCompiler;
  readonly runner: StackRunner;
  /** Hosts of an app, from one list call. */
  readonly observe: (app: string) => Promise<readonly ObservedHost[]>;
  /** What runs inside a host. */
  readonly inspector: HostInspector;
  /** Makes the next run switch all slots of a host, whatever the host's metadata say. */
  readonly markSlotsUnknown: (app: string, machineId: string) => Promise<void>;
  readonly readMetric: ReadMetric;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervals: Intervals;
}

export interface Loop {
  /** Something changed: take the next step now. */
  poke(): void;
  /** Polls the branch now; resolves with its head. Throws what the repository throws, or a `FollowError`. */
  follow(allowOlder: boolean): Promise<Head>;
  /** As of now, for the status and for checks of requests. */
  snapshot(): Promise<Snapshot>;
  signals(): Promise<Signals>;
  /** The newest commit that can be run, without a snapshot of anything else. */
  head(): Head | undefined;
  /** A region's desired state at the head, without signals. */
  region(code: string): RegionDesired | undefined;
  start(): Promise<void>;
  /** Aborts the running runs, which then end in order, and waits for them. */
  stop(): Promise<void>;
}

const NO_SIGNALS: Signals = { version: 1, as_of: "", bursts: [], metrics: [] };

/** When nothing can change by itself earlier. */
const LONGEST_SLEEP_MS = 60_000;
/** After a step that threw. */
const ERROR_DELAY_MS = 1_000;

export function createLoop(ports: LoopPorts): Loop {
  const { store, clock, log, intervals } = ports;
  const follower = createBranchFollower(ports);
  const watcher = createHostWatcher(ports);
  const autoscaler = createAutoscaler(ports);
  const executor = createRunExecutor({
    ...ports,
    signals: async () => (await snapshots.overrides()).signals,
    beforeRepair: markSwitchedSlots,
    afterRun(stack) {
      watcher.forget(stack);
      poke();
    },
  });
  const snapshots = createSnapshotTaker(ports, follower, watcher, executor.memory);
  const abort = new AbortController();
  let wake = new AbortController();
  let ended: Promise<void> = Promise.resolve();

  function poke(): void {
    wake.abort();
  }

  async function step(): Promise<void> {
    for (const { kind, id } of await expireBurstsAndPauses(store, clock.now()))
      log.info({ id }, `${kind} expired`);
    await follower.followWhenDue();
    const head = follower.head();
    if (head === undefined) return;
    await watchHosts(head);
    await autoscaler.scaleWhenDue(await snapshots.take());
    const { stacks } = await snapshots.take();
    for (const { decision, applied: was, desired } of stacks) {
      if (decision.note !== undefined && was !== undefined)
        await store.commit([{ put: "applied", applied: { ...was, ...decision.note } }]);
      if (decision.start !== undefined && executor.memory.running.size < intervals.runs)
        await executor.start(decision, was, desired);
    }
  }

  async function watchHosts(head: Head): Promise<void> {
    const busy = new Set(executor.memory.running.keys());
    const applied = await store.applied();
    const { signals } = await snapshots.overrides();
    const outputs = applied.get("global")?.outputs ?? "";
    const changes = await watcher.watchWhenDue({
      app: head.app,
      busy,
      applied,
      // Drift is only what differs from the last applied state. If another state is desired by now, a run is due anyway.
      desired: (stack, { commit, fingerprint: wasApplied }) => {
        const desired = snapshots.desired(commit, stack, signals);
        if (desired?.kind !== "region") return undefined;
        return fingerprint(desired, outputs).whole === wasApplied ? desired : undefined;
      },
      stacks: head.stacks.filter((stack) => stack !== "global"),
    });
    if (changes.length > 0) await store.commit(changes);
  }

  /** The provider trusts a host's metadata, which don't show that a slot was started or stopped by hand. */
  async function markSwitchedSlots(stack: string): Promise<void> {
    const app = follower.head()?.app;
    const hosts = new Set(watcher.drift(stack).flatMap(({ slot, host }) => (slot ? [host] : [])));
    for (const { id, name } of watcher.seen(stack)?.hosts ?? [])
      if (app !== undefined && hosts.has(name)) await ports.markSlotsUnknown(app, id);
  }

  /** The next moment after `now` at which something can change by itself. */
  async function nextMoment(now: number): Promise<number> {
    const { bursts, pauses, signals } = await snapshots.overrides();
    const moments = [
      ...[...bursts, ...pauses].flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]),
      ...signals.metrics.map(({ valid_until: until }) => Date.parse(until)),
      ...[...executor.memory.failures.values()].map(({ nextAttemptAt }) => nextAttemptAt),
      follower.nextAt(),
      watcher.nextAt(),
      autoscaler.nextAt(),
    ].filter((moment) => moment > now);
    return Math.min(now + LONGEST_SLEEP_MS, ...moments);
  }

  async function reconcileUntilStopped(): Promise<void> {
    while (!abort.signal.aborted) {
      wake = new AbortController();
      const from = clock.now();
      abort.signal.addEventListener("abort", poke, { once: true });
      try {
        await step();
      } catch (error) {
        log.error({ err: error }, "reconcile failed");
        await waitUntil(clock, clock.now() + ERROR_DELAY_MS, abort.signal);
      }
      await waitUntil(clock, await nextMoment(from), wake.signal);
      abort.signal.removeEventListener("abort", poke);
    }
  }

  return {
    poke,
    async follow(allowOlder) {
      const head = await follower.follow(allowOlder);
      poke();
      return head;
    },
    snapshot: async () => snapshots.take(),
    signals: async () => (await snapshots.overrides()).signals,
    head: () => follower.head(),
    region(code) {
      const commit = follower.head()?.revision.commit;
      const desired =
        commit === undefined ? undefined : snapshots.desired(commit, code, NO_SIGNALS);
      return desired?.kind === "region" ? desired : undefined;
    },
    async start() {
      await executor.recover();
      ended = reconcileUntilStopped();
    },
    async stop() {
      abort.abort();
      executor.abort();
      await ended;
      await executor.idle();
    },
  };
}
