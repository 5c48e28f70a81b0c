/** The compiler behind a cache: every snapshot asks for every stack, and few inputs change in between. */
import { instantOf } from "../model/shapes.ts";
import { sha256 } from "../../lib/hash.ts";
import { read } from "../../compiler/compile.ts";
import type { CheckedSpec, Compiled, Desired, Diagnostic } from "../../compiler/compile.ts";
import type { Signals } from "../model/signals.ts";
import type { Revision } from "../specs/repository.ts";

export type Stacks =
  | {
      readonly ok: true;
      /** `global` first, then the regions in rollout order: the canary's is the second. */
      readonly stacks: readonly string[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface FleetCompiler {
  stacks(revision: Revision): Stacks;
  /** The desired state of one stack with the signals that are live at `now`. */
  compile(revision: Revision, stack: string, signals: Signals, now: number): Compiled;
}

/** Results kept per stack: for the commit it runs and the one it goes to, with and without signals. */
const KEPT = 4;

export function createFleetCompiler(): FleetCompiler {
  const specs = new Map<string, CheckedSpec>();
  const orders = new Map<string, Stacks>();
  const compiled = new Map<string, Map<string, Compiled>>();

  function specOf({ commit, files }: Revision): CheckedSpec {
    return cached(specs, commit, () => read(files));
  }

  return {
    stacks: (revision) =>
      cached(orders, revision.commit, () => {
        const order = specOf(revision).rolloutOrder();
        return order.ok ? { ok: true, stacks: ["global", ...order.regions] } : order;
      }),
    compile(revision, stack, signals, now) {
      const live = liveFor(stack, signals, now);
      const key = `${revision.commit} ${JSON.stringify(live)}`;
      const known = compiled.get(stack) ?? new Map<string, Compiled>();
      compiled.set(stack, known);
      return cached(known, key, () =>
        specOf(revision).compile({ stack, signals: live, now: instantOf(now) }),
      );
    },
  };
}

/**
 * Returns only the signals that decide a count of this stack, now or after a larger burst ends. As part of the cache's key,
 * other signals and the time would make every result a new one.
 */
function liveFor(stack: string, signals: Signals, now: number): Signals | undefined {
  const bursts = signals.bursts.filter(
    ({ region, from, until }) =>
      region === stack && Date.parse(from) <= now && now < Date.parse(until),
  );
  const metrics = signals.metrics.filter(
    ({ region, valid_until: until }) => region === stack && now < Date.parse(until),
  );
  if (bursts.length === 0 && metrics.length === 0) return undefined;
  return {
    version: 1,
    as_of: "1970-01-01T00:00:00.000Z",
    bursts: decidingBursts(bursts),
    metrics: largestOfEach(metrics, ({ count }) => count),
  };
}

/** Per service the largest burst, and the smaller ones that outlast every larger one: each decides in its time. */
function decidingBursts<
  T extends { readonly service: string; readonly to: number; readonly until: string },
>(bursts: readonly T[]): T[] {
  return bursts.filter(
    (burst, index) =>
      !bursts.some(
        (other, otherIndex) =>
          other.service === burst.service &&
          (other.to > burst.to || (other.to === burst.to && otherIndex < index)) &&
          Date.parse(other.until) >= Date.parse(burst.until),
      ),
  );
}

/** Returns the largest signal of each service; of equal ones the first, as the compiler does. */
function largestOfEach<T extends { readonly service: string }>(
  signals: readonly T[],
  countOf: (signal: T) => number,
): T[] {
  const largest = new Map<string, T>();
  for (const signal of signals) {
    const best = largest.get(signal.service);
    if (best === undefined || countOf(signal) > countOf(best)) largest.set(signal.service, signal);
  }
  return [...largest.values()];
}

function cached<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.delete(key);
  known.set(key, value);
  if (known.size > KEPT) known.delete(String(known.keys().next().value));
  return value;
}

const fingerprints = new WeakMap<Desired, string>();

/** What a run would bring a stack to, as short texts: equal texts mean that a run would change nothing. */
export interface Fingerprint {
  /** Of the stack's own desired state. */
  readonly desired: string;
  /** Of all that the run depends on: for a region also the outputs of `global`. */
  readonly whole: string;
}

/** Deviations are left out: their reasons and ends change nothing that runs. */
export function fingerprint(desired: Desired, globalOutputs: string): Fingerprint {
  // The JSON of a large fleet is megabytes, and every snapshot asks for it.
  const own = fingerprints.get(desired) ?? hash(withoutDeviations(desired));
  fingerprints.set(desired, own);
  const whole = desired.kind === "region" ? hash([own, globalOutputs]) : own;
  return { desired: own, whole };
}

function withoutDeviations(desired: Desired): unknown {
  if (desired.kind === "global") return desired;
  const { deviations: _, ...running } = desired;
  return running;
}

function hash(value: unknown): string {
  return sha256(JSON.stringify(value)).slice(0, 32);
}
