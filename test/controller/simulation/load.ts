/** What the world asks of a service, and what its sources tell of that: noise, spikes, gaps, old and partial samples. */
import type { Reading } from "../../../controller/autoscale/measurements.ts";
import { metricName } from "../../../controller/autoscale/policy.ts";
import type { MetricPolicy, Policy } from "../../../controller/autoscale/policy.ts";
import type { Dice } from "../../simulation/dice.ts";

/** What a source told, and what that is worth: the judge's truth, which `controller/` never sees. */
export interface Told {
  readonly metric: MetricPolicy;
  readonly reading: Reading | undefined;
  /** A full sample that isn't stale; a part of it; nothing that counts. */
  readonly worth: "full" | "part" | "none";
}

export interface Load {
  /** Steady but for noise, anything at all, or hardly a word. */
  readonly kind: "steady" | "wild" | "silent";
  /** When it became so: the name of this stretch of time. */
  readonly since: number;
  tell(policy: Policy, running: number, now: number): readonly Told[];
  /** From then on nobody hears anything. */
  fallSilent(): void;
}

/** Whole noise, around the load: the issue's ±10 %. */
const NOISE = 0.1;
const FRESH_INTERVALS = 3;

/** @param isQuiet never anything but steady */
export function createLoad(dice: Dice, start: number, isQuiet: boolean): Load {
  let kind: Load["kind"] = "steady";
  let since = start;
  /** Replicas that the load needs, a fraction among them. */
  let level = 0;
  let until = start;
  let ended = false;
  let silent = new Set<string>();
  const last = new Map<string, Extract<Reading, { value: number }>>();

  function turn(now: number): void {
    if (ended || now < until) return;
    if (!isQuiet) kind = dice.pick(["steady", "steady", "wild", "silent"] as const);
    // Close to a whole number of replicas noise has the most to say.
    const close = (1 + dice.below(6)) * (0.92 + dice.random() * 0.16);
    level = dice.pick([0, close, close, dice.random() * 14]);
    since = now;
    until = now + dice.pick([120, 600, 1_500]);
    silent = new Set();
  }

  function tell(policy: Policy, metric: MetricPolicy, running: number, now: number): Told {
    const name = metricName(metric);
    if (kind === "silent" && !silent.has(`${name} speaks`)) {
      // In half of the outages one metric or another still speaks.
      if (!silent.has(name)) silent.add(dice.chance(ended ? 1 : 0.7) ? name : `${name} speaks`);
      if (silent.has(name)) return { metric, ...quiet(policy, name, now) };
    }
    const isLocal = metric.type !== "queue_depth";
    // Nothing runs that could be measured.
    if (isLocal && running === 0) return { metric, reading: undefined, worth: "none" };
    const isWild = kind === "wild";
    const noise = 1 + (dice.random() * 2 - 1) * NOISE * (isWild ? 4 : 0.999);
    const spike = isWild && dice.chance(0.1) ? 10 : 1;
    const value = measure(metric, level * noise * spike, running);
    if (isWild) {
      level = Math.max(level + dice.random() - 0.5, 0);
      if (dice.chance(0.2)) return { metric, ...quiet(policy, name, now) };
      if (isLocal && dice.chance(0.1) && running > 1) {
        const missing = 1 + dice.below(running - 1);
        const part = metric.type === "latency" ? value : (value * (running - missing)) / running;
        return { metric, reading: { atSeconds: now, value: part, missing }, worth: "part" };
      }
    }
    const reading = { atSeconds: now - dice.below(3), value, missing: 0 };
    last.set(name, reading);
    return { metric, reading, worth: "full" };
  }

  /** Nothing, a failure, nonsense, or the same old sample again: that counts until it is stale. */
  function quiet(policy: Policy, name: string, now: number): Omit<Told, "metric"> {
    const old = last.get(name);
    const way = dice.below(4);
    if (way === 0 && old !== undefined) {
      const isFresh = now - old.atSeconds <= FRESH_INTERVALS * policy.intervalSeconds;
      return { reading: old, worth: isFresh ? "full" : "none" };
    }
    if (way === 1) return { reading: { error: "refused" }, worth: "none" };
    if (way === 2)
      return { reading: { atSeconds: now, value: Number.NaN, missing: 0 }, worth: "none" };
    return { reading: undefined, worth: "none" };
  }

  return {
    get kind() {
      return kind;
    },
    get since() {
      return since;
    },
    tell(policy, running, now) {
      turn(now);
      return policy.metrics.map((metric) => tell(policy, metric, running, now));
    },
    fallSilent() {
      ended = true;
      kind = "silent";
      silent = new Set();
    },
  };
}

/** Latency falls with every replica that shares the load; at one and a half times what is needed it is at half the target. */
function measure(metric: MetricPolicy, level: number, running: number): number {
  if (metric.type !== "latency") return level * metric.target;
  return (metric.targetMilliseconds * 0.75 * level) / running;
}
