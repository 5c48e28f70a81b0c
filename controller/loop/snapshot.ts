/** What one step of the loop decides from: overrides, last applied and observed state, and the decision for every stack. */
import { instantOf } from "../model/shapes.ts";
import type { Desired } from "../../compiler/compile.ts";
import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import { fingerprint } from "../fleet/compile-fleet.ts";
import { decideStacks } from "../fleet/decide-stacks.ts";
import type { StackFacts } from "../fleet/decide-stacks.ts";
import { describePause, pauseOf } from "../fleet/pauses.ts";
import { renderSignals } from "../fleet/signals.ts";
import type { StackView } from "../fleet/status.ts";
import { isLive } from "../model/timed-override.ts";
import type { Burst } from "../model/burst.ts";
import type { Pause } from "../model/pause.ts";
import type { Applied, Cause } from "../model/run.ts";
import type { Signals } from "../model/signals.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../../lib/clock.ts";
import type { RunMemory } from "./run-executor.ts";
import type { Head, BranchFollower } from "./branch-follower.ts";
import type { HostWatcher } from "./host-watcher.ts";

/** Bursts, pauses and recommendations: whatever acts besides the spec and ends by itself. */
export interface Overrides {
  readonly signals: Signals;
  readonly bursts: readonly Burst[];
  readonly pauses: readonly Pause[];
  /** With the pauses that have ended since the oldest recommendation. */
  readonly pausesSince: readonly Pause[];
}

export interface Snapshot extends Overrides {
  readonly head: Head | undefined;
  readonly trouble: readonly string[];
  readonly stacks: readonly StackView[];
}

/** From the store; by stack. */
interface StoredStacks {
  readonly applied: ReadonlyMap<string, Applied>;
  readonly requests: ReadonlyMap<string, string>;
}

export interface SnapshotTaker {
  take(): Promise<Snapshot>;
  overrides(): Promise<Overrides>;
  /** Returns undefined if the commit is unknown or doesn't compile for that stack. */
  desired(commit: string, stack: string, signals: Signals): Desired | undefined;
}

export function createSnapshotTaker(
  ports: { readonly store: Store; readonly compiler: FleetCompiler; readonly clock: Clock },
  follower: BranchFollower,
  watcher: HostWatcher,
  memory: RunMemory,
): SnapshotTaker {
  const { store, compiler, clock } = ports;

  async function overrides(): Promise<Overrides> {
    const [bursts, decisions] = await Promise.all([store.openBursts(), store.decisions()]);
    const at = clock.now();
    const oldest = decisions.map((decision) => decision.at).toSorted()[0] ?? instantOf(at);
    const pausesSince = await store.pausesSince(oldest);
    const signals = renderSignals({ bursts, pauses: pausesSince, decisions }, at);
    const pauses = pausesSince.filter(({ ended_at: ended }) => ended === undefined);
    return { bursts, pauses, pausesSince, signals };
  }

  async function take(): Promise<Snapshot> {
    const [asked, applied, requests] = await Promise.all([
      overrides(),
      store.applied(),
      store.requests(),
    ]);
    const head = follower.head();
    const trouble = follower.trouble();
    if (head === undefined) return { head, trouble, stacks: [], ...asked };
    const facts = head.stacks.map((stack) => factsOf(stack, { applied, requests }, asked));
    const decisions = decideStacks(facts, head.revision.commit, clock.now());
    const stacks = decisions.map((decision): StackView => {
      const seen = watcher.seen(decision.stack);
      const wanted = desired(decision.target, decision.stack, asked.signals);
      return {
        decision,
        applied: applied.get(decision.stack),
        desired: wanted?.kind === "region" ? wanted : undefined,
        hosts: seen?.hosts ?? [],
        observedAt: seen?.at,
        drift: watcher.drift(decision.stack),
      };
    });
    return { head, trouble, stacks, ...asked };
  }

  function desired(commit: string, stack: string, signals: Signals): Desired | undefined {
    const revision = follower.revision(commit);
    if (revision === undefined) return undefined;
    const compiled = compiler.compile(revision, stack, signals, clock.now());
    return compiled.ok ? compiled.desired : undefined;
  }

  function factsOf(
    stack: string,
    { applied, requests }: StoredStacks,
    { signals, bursts, pauses }: Overrides,
  ): StackFacts {
    const at = clock.now();
    const region = stack === "global" ? undefined : stack;
    const own = applied.get(stack);
    const outputs = applied.get("global")?.outputs ?? "";
    const pausedAll = pauseOf(pauses, "all", { region }, at);
    return {
      stack,
      applied: own?.certain === true ? own : undefined,
      latest: memory.latest.get(stack),
      fingerprintAt: (commit) => {
        const wanted = desired(commit, stack, signals);
        return wanted === undefined ? undefined : fingerprint(wanted, outputs);
      },
      signals: [
        ...bursts.filter((burst) => burst.region === stack && isLive(burst, at)).map(burstCause),
        ...signals.metrics.filter((metric) => metric.region === stack).map(metricCause),
      ],
      drift: watcher.drift(stack),
      requested: requests.get(stack),
      running: memory.running.has(stack),
      failure: memory.failures.get(stack),
      pausedAll: pausedAll && describePause(pausedAll),
      pausedRepair: (service) => {
        const pause = pauseOf(pauses, "repair", { region, service }, at);
        return pause && describePause(pause);
      },
    };
  }

  return { take, overrides, desired };
}

function burstCause({ id, service, to, author, reason }: Burst): Cause {
  return { kind: "burst", text: `burst ${id}: ${service} to ${to} by ${author}: ${reason}` };
}

function metricCause({ service, count, reason }: Signals["metrics"][number]): Cause {
  return { kind: "metric", text: `${service} to ${count}: ${reason}` };
}
