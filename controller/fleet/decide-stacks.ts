/**
 * What each stack is to be brought to, and whether its run starts now. Pure and level-triggered: it looks at what is
 * and what should be, so a trigger that was missed while the controller was down is only a difference that is still there.
 */
import type { Cause } from "../model/run.ts";
import type { StackStatus } from "../model/status.ts";
import type { Fingerprint } from "./compile-fleet.ts";

export interface StackFacts {
  readonly stack: string;
  /** What it was brought to last; undefined while that isn't known. */
  readonly applied:
    | {
        readonly commit: string;
        /** Of all that the run depended on. */
        readonly fingerprint: string;
        /** Of the stack's desired state alone; undefined in what older controllers stored. */
        readonly desired?: string | undefined;
      }
    | undefined;
  /** Its newest run, whatever came of it: where a stack stays that a newer commit may not reach yet. */
  readonly latest: { readonly commit: string; readonly cause: Cause } | undefined;
  /** Desired state at a commit; undefined when the compiler refuses it there. */
  readonly fingerprintAt: (commit: string) => Fingerprint | undefined;
  /** Signals that make a difference now, for the cause: `burst b-1 by ann: more load`. */
  readonly signals: readonly Cause[];
  readonly drift: readonly { readonly text: string; readonly service?: string | undefined }[];
  /** Somebody asked for a run of the newest commit, whatever there is to do. */
  readonly requested: string | undefined;
  readonly running: boolean;
  readonly failure: RetryState | undefined;
  /** Why nothing may be started at all. */
  readonly pausedAll: string | undefined;
  /** Why drift of this service, or of a host, may not be repaired. */
  readonly pausedRepair: (service: string | undefined) => string | undefined;
}

export interface RetryState {
  readonly count: number;
  /** Of the desired state that failed: another one is tried at once. */
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
  /** Set: start a run now. */
  readonly start?: Goal & { readonly cause: Cause };
  /** Set: nothing is to be done for this commit, note that it holds. */
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
  // `global`, then the canary, then all others at once: a commit goes on when it holds where it went before.
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
    return { stack, target: head, state: "waiting", why: `it comes after ${waitsFor}` };
  const own = { stack, target };
  if (facts.running) return { ...own, state: "running", why: "a run is on its way" };
  const wanted = facts.fingerprintAt(target);
  if (wanted === undefined)
    return { ...own, state: "invalid", why: `the specs don't compile for it at ${short(target)}` };
  // A request means the newest commit, in its turn.
  const requested = target === head ? facts.requested : undefined;
  const cause = causeOf({ ...facts, requested }, target, wanted);
  if (cause === undefined) return restingState(facts, target, head, wanted);
  // A repair that failed is one still when it is tried again.
  const held =
    facts.pausedAll ?? (cause.kind === "drift" ? facts.pausedRepair(undefined) : undefined);
  if (held !== undefined) return { ...own, state: "paused", why: held, cause };
  // Another desired state isn't the one that failed: it is tried at once.
  const isSame = failure?.fingerprint === wanted.whole;
  if (failure !== undefined && isSame && requested === undefined && now < failure.nextAttemptAt)
    return { ...own, state: "backing_off", why: failure.error, cause, failure };
  const start = { ...goalOf(target, wanted), cause };
  return { ...own, state: "pending", why: cause.text, cause, start };
}

/** Nothing is due at `target`. */
function restingState(
  facts: StackFacts,
  target: string,
  head: string,
  wanted: Fingerprint,
): StackDecision {
  const own = { stack: facts.stack, target };
  if (target !== head)
    return { ...own, state: "waiting", why: "a newer commit isn't its turn yet" };
  const moved = facts.applied?.commit === target ? {} : { note: goalOf(target, wanted) };
  const held = facts.drift.map(({ service }) => facts.pausedRepair(service)).find(Boolean);
  if (held !== undefined) return { ...own, state: "paused", why: held, ...moved };
  return { ...own, state: "in_sync", why: "what runs is what should run", ...moved };
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
/** Another's run: it ends when it ends. */
const LOCKED_DELAY_MS = 15_000;

/** The pause before the next attempt of a stack: doubles with every failure, up to five minutes. */
export function backoffMs(failures: number, isLocked: boolean): number {
  if (isLocked) return LOCKED_DELAY_MS;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
