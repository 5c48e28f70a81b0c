/** One look at everything: what is asked for, what was brought about, what is seen, and what follows for every stack. */
import { instantOf } from "../model/shapes.ts";
import type { Desired } from "../../compiler/compile.ts";
import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import { fingerprint } from "../fleet/compile-fleet.ts";
import { decideStacks } from "../fleet/decide-stacks.ts";
import type { RetryState, StackFacts } from "../fleet/decide-stacks.ts";
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
import type { Head, BranchFollower } from "./branch-follower.ts";
import type { HostWatcher } from "./host-watcher.ts";

/** What is asked for besides the spec. */
export interface Open {
  readonly signals: Signals;
  readonly bursts: readonly Burst[];
  readonly pauses: readonly Pause[];
  /** With those that have ended since the oldest recommendation. */
  readonly pausesSince: readonly Pause[];
}

export interface Snapshot extends Open {
  readonly head: Head | undefined;
  readonly trouble: readonly string[];
  readonly stacks: readonly StackView[];
}

/** What the store keeps; by stack. */
interface Kept {
  readonly applied: ReadonlyMap<string, Applied>;
  readonly requests: ReadonlyMap<string, string>;
}

/** What the loop keeps in its head; by stack. */
export interface Memory {
  readonly failures: ReadonlyMap<string, RetryState>;
  readonly running: ReadonlyMap<string, unknown>;
  readonly latest: ReadonlyMap<string, { readonly commit: string; readonly cause: Cause }>;
}

export interface Look {
  now(): Promise<Snapshot>;
  open(): Promise<Open>;
  /** Undefined: the commit isn't known, or doesn't compile for that stack. */
  desired(commit: string, stack: string, signals: Signals): Desired | undefined;
}

export function createLook(
  ports: { readonly store: Store; readonly compiler: FleetCompiler; readonly clock: Clock },
  follower: BranchFollower,
  watcher: HostWatcher,
  memory: Memory,
): Look {
  const { store, compiler, clock } = ports;

  async function open(): Promise<Open> {
    const [bursts, decisions] = await Promise.all([store.openBursts(), store.decisions()]);
    const at = clock.now();
    const oldest = decisions.map((decision) => decision.at).toSorted()[0] ?? instantOf(at);
    const pausesSince = await store.pausesSince(oldest);
    const signals = renderSignals({ bursts, pauses: pausesSince, decisions }, at);
    const pauses = pausesSince.filter(({ ended_at: ended }) => ended === undefined);
    return { bursts, pauses, pausesSince, signals };
  }

  async function now(): Promise<Snapshot> {
    const [asked, applied, requests] = await Promise.all([
      open(),
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
    { applied, requests }: Kept,
    { signals, bursts, pauses }: Open,
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

  return { now, open, desired };
}

function burstCause({ id, service, to, author, reason }: Burst): Cause {
  return { kind: "burst", text: `burst ${id}: ${service} to ${to} by ${author}: ${reason}` };
}

function metricCause({ service, count, reason }: Signals["metrics"][number]): Cause {
  return { kind: "metric", text: `${service} to ${count}: ${reason}` };
}
