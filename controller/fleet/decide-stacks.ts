/**
 * Decides each stack's target commit and whether its run starts now. Pure and level-triggered: it compares last applied and
 * desired state, so a trigger that was missed while the controller was down still shows as a difference.
 */
import type { Cause } from "../model/run.ts";
import type { StackStatus } from "../model/status.ts";
import type { Fingerprint } from "./compile-fleet.ts";

export interface StackFacts {
  readonly stack: string;
  /** Last applied state; undefined while it is unknown. */
  readonly applied:
    | {
        readonly commit: string;
        /** Of all that the run depended on. */
        readonly fingerprint: string;
        /** Of the stack's desired state alone; undefined in what older controllers stored. */
        readonly desired?: string | undefined;
      }
    | undefined;
  /** Latest run, successful or not. The stack stays on its commit until the rollout reaches it. */
  readonly latest: { readonly commit: string; readonly cause: Cause } | undefined;
  /** Fingerprint of the desired state at a commit; undefined if the commit doesn't compile for this stack. */
  readonly fingerprintAt: (commit: string) => Fingerprint | undefined;
  /** Live signals as possible causes: `burst b-1: caddy to 4 by ann: more load`. */
  readonly signals: readonly Cause[];
  readonly drift: readonly { readonly text: string; readonly service?: string | undefined }[];
  /** Why a run of the newest commit was requested; undefined if none was. */
  readonly requested: string | undefined;
  readonly running: boolean;
  readonly failure: RetryState | undefined;
  /** The pause that holds back every run of the stack. */
  readonly pausedAll: string | undefined;
  /** The pause that holds back repair of this service, or of a whole host. */
  readonly pausedRepair: (service: string | undefined) => string | undefined;
}

export interface RetryState {
  readonly count: number;
  /** Of the desired state that failed: another one starts without waiting. */
  readonly fingerprint: string;
  readonly error: string;
  /** Milliseconds since 1970. */
  readonly nextAttemptAt: number;
}

/** A commit, and the fingerprints of what it makes of the stack. */
export interface Goal {
  readonly commit: string;
  readonly fingerprint: string;
  readonly desired: string;
}

export interface StackDecision {
  readonly stack: string;
  readonly state: StackStatus["state"];
  readonly why: string;
  readonly target: string;
  /** A run starts now. */
  readonly start?: Goal & { readonly cause: Cause };
  /** The commit changes nothing here: record it as applied without a run. */
  readonly note?: Goal;
  readonly cause?: Cause;
  readonly failure?: RetryState;
}

/**
 * @param facts `global` first, then the regions in rollout order
 * @param head the newest commit
 * @param now milliseconds since 1970
 */
export function decideStacks(
  facts: readonly StackFacts[],
  head: string,
  now: number,
): StackDecision[] {
  // `global`, then the canary region, then all others at once: each waits until the commit is applied before it.
  let waitsFor: string | undefined;
  return facts.map((stack, index) => {
    const decision = decideStack(stack, head, waitsFor, now);
    const holds = stack.applied?.commit === head || decision.note !== undefined;
    const isLeader = index < 2;
    if (isLeader && !holds) waitsFor ??= stack.stack;
    return decision;
  });
}

function decideStack(
  facts: StackFacts,
  head: string,
  waitsFor: string | undefined,
  now: number,
): StackDecision {
  const { stack, applied, latest, failure } = facts;
  const target = waitsFor === undefined ? head : (applied?.commit ?? latest?.commit);
  if (target === undefined)
    return { stack, target: head, state: "waiting", why: `waits until ${waitsFor} has the commit` };
  const own = { stack, target };
  if (facts.running) return { ...own, state: "running", why: "a run is in progress" };
  const wanted = facts.fingerprintAt(target);
  if (wanted === undefined)
    return { ...own, state: "invalid", why: `the specs don't compile for it at ${short(target)}` };
  // A requested run applies the newest commit once the canary region has it.
  const requested = target === head ? facts.requested : undefined;
  const cause = causeOf({ ...facts, requested }, target, wanted);
  if (cause === undefined) return idleState(facts, target, head, wanted);
  // The retry of a failed repair is a repair too.
  const held =
    facts.pausedAll ?? (cause.kind === "drift" ? facts.pausedRepair(undefined) : undefined);
  if (held !== undefined) return { ...own, state: "paused", why: held, cause };
  // Only the desired state that failed backs off; another one starts at once.
  const isSame = failure?.fingerprint === wanted.whole;
  if (failure !== undefined && isSame && requested === undefined && now < failure.nextAttemptAt)
    return { ...own, state: "backing_off", why: failure.error, cause, failure };
  const start = { ...goalOf(target, wanted), cause };
  return { ...own, state: "pending", why: cause.text, cause, start };
}

/** The state of a stack that needs no run at `target`. */
function idleState(
  facts: StackFacts,
  target: string,
  head: string,
  wanted: Fingerprint,
): StackDecision {
  const own = { stack: facts.stack, target };
  if (target !== head)
    return {
      ...own,
      state: "waiting",
      why: "waits until the rollout of a newer commit reaches it",
    };
  const moved = facts.applied?.commit === target ? {} : { note: goalOf(target, wanted) };
  const held = facts.drift.map(({ service }) => facts.pausedRepair(service)).find(Boolean);
  if (held !== undefined) return { ...own, state: "paused", why: held, ...moved };
  return { ...own, state: "in_sync", why: "it runs the desired state", ...moved };
}

function goalOf(commit: string, { desired, whole }: Fingerprint): Goal {
  return { commit, fingerprint: whole, desired };
}

/** Why a run is due, or undefined. */
function causeOf(facts: StackFacts, target: string, wanted: Fingerprint): Cause | undefined {
  const { applied, latest, requested, drift } = facts;
  if (requested !== undefined) return { kind: "request", text: requested };
  if (applied === undefined)
    return latest?.cause ?? { kind: "start", text: "the last applied state is unknown" };
  if (applied.fingerprint !== wanted.whole) return causeOfChange(facts, applied, target, wanted);
  const repairable = drift.find(({ service }) => facts.pausedRepair(service) === undefined);
  return repairable === undefined ? undefined : { kind: "drift", text: repairable.text };
}

/** Why what should run isn't what was applied: the outputs of `global`, a commit, or a signal. */
function causeOfChange(
  { signals, fingerprintAt }: StackFacts,
  applied: NonNullable<StackFacts["applied"]>,
  target: string,
  wanted: Fingerprint,
): Cause {
  if (applied.desired === wanted.desired)
    return { kind: "global", text: "the outputs of `global` changed" };
  // If the old commit still wants what is applied, no signal has changed: the new commit is the cause.
  const old = fingerprintAt(applied.commit);
  const isCommit =
    applied.desired === undefined
      ? old?.whole === applied.fingerprint
      : old?.desired === applied.desired;
  if (isCommit) return { kind: "commit", text: `commit ${short(target)}` };
  return signals[0] ?? { kind: "burst", text: "a burst or a recommendation ended" };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}

const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 5 * 60_000;
/** While another run holds the stack's lock. */
const LOCKED_DELAY_MS = 15_000;

/** Returns the delay before the next attempt of a stack: it doubles with every failure, up to five minutes. */
export function backoffMs(failures: number, isLocked: boolean): number {
  if (isLocked) return LOCKED_DELAY_MS;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
