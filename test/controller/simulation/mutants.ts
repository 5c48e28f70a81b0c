import type { Mutant } from "../mutant.ts";

/** The rules, each without what makes it right. The simulation must notice every one. */
export const mutants: Readonly<Record<string, Mutant>> = {
  "a stale sample counts": {
    file: "controller/autoscale/measurements.ts",
    find: "age > FRESH_INTERVALS * intervalSeconds",
    replace: "false",
    seed: 30,
  },
  "an incomplete sample scales in": {
    file: "controller/autoscale/recommendation.ts",
    find: "sample.missing > 0 && count <= floor",
    replace: "false",
    seed: 165,
  },
  "a silent metric asks for the least": {
    file: "controller/autoscale/recommendation.ts",
    find: "isLapsed ? policy.replicas : own",
    replace: "policy.min",
    seed: 4,
  },
  "silence never ends": {
    file: "controller/autoscale/decide.ts",
    find: "standing?.heardAtSeconds ?? Number.NEGATIVE_INFINITY",
    replace: "nowSeconds",
    seed: 1,
  },
  "what stood long ago is taken up again": {
    file: "controller/autoscale/history.ts",
    find: "nowSeconds < heardAtSeconds + holdSeconds",
    replace: "true",
    seed: 20,
  },
  "a pause counts as silence": {
    file: "controller/autoscale/history.ts",
    find: "memory.heardAtSeconds + pausedSeconds",
    replace: "memory.heardAtSeconds",
    seed: 28,
  },
  "a recommendation lapses in a pause": {
    file: "controller/fleet/pauses.ts",
    find: "over + stretch.to - began",
    replace: "over",
    seed: 24,
  },
  "a pause that was ended goes on": {
    file: "controller/fleet/pauses.ts",
    find: "to: Math.min(Date.parse(until), Date.parse(ended))",
    replace: "to: Date.parse(until)",
    seed: 17,
  },
  "pauses that overlap count twice": {
    file: "controller/fleet/pauses.ts",
    find: "from > last.to",
    replace: "true",
    seed: 24,
  },
  "bounds are left to the compiler": {
    file: "controller/autoscale/decide.ts",
    find: "Math.min(Math.max(count, min), max)",
    replace: "count",
    seed: 2,
  },
  "the compiler has no bounds": {
    file: "compiler/plan/counts.ts",
    find: "Math.min(Math.max(signal.count, min), max)",
    replace: "signal.count",
    seed: 4,
  },
  "a burst outlives its end": {
    file: "compiler/plan/signals.ts",
    find: "at < until.seconds",
    replace: "at < until.seconds + 60",
    seed: 9,
  },
  "a recommendation outlives its time": {
    file: "compiler/plan/signals.ts",
    find: "at < valid_until.seconds",
    replace: "at < valid_until.seconds + 60",
    seed: 3,
  },
  "the smaller burst wins": {
    file: "compiler/plan/counts.ts",
    find: "each.count > best.count",
    replace: "each.count < best.count",
    seed: 6,
  },
  "steps start from what a burst made run": {
    file: "controller/autoscale/decide.ts",
    find: "standing?.count ?? policy.replicas",
    replace: "measurements.running ?? policy.replicas",
    seed: 2,
  },
  "the smallest vote wins": {
    file: "controller/autoscale/decide.ts",
    find: "vote.count > best.count",
    replace: "vote.count < best.count",
    seed: 4,
  },
  "a restart loses the windows": {
    file: "controller/autoscale/state.ts",
    find: "recommendations: z.array(z.object({ atSeconds: seconds, count }))",
    replace: "recommendations: z.array(z.unknown()).transform(() => [])",
    seed: 6,
  },
  "a gap covers the windows": {
    file: "controller/autoscale/decide.ts",
    find: "nowSeconds - lookedAtSeconds > GAP_INTERVALS * policy.intervalSeconds",
    replace: "false",
    seed: 105,
  },
  "a longer window of a new spec is taken as covered": {
    file: "controller/autoscale/decide.ts",
    find: "windowSeconds < longerWindow(policy)",
    replace: "false",
    seed: 684,
  },
  "scaling down has no window": {
    file: "controller/autoscale/scaling-rate.ts",
    find: "Math.max(wanted, ...within(down.windowSeconds))",
    replace: "wanted",
    seed: 4,
  },
  "no rest after a change": {
    file: "controller/autoscale/scaling-rate.ts",
    find: "nowSeconds - atSeconds < cooldownSeconds",
    replace: "false",
    seed: 35,
  },
  "no rates": {
    file: "controller/autoscale/scaling-rate.ts",
    find: "isUp ? Math.min(wanted, most) : Math.max(wanted, most)",
    replace: "wanted",
    seed: 4,
  },
  "no tolerance upwards": {
    file: "controller/autoscale/proportion.ts",
    find: "(1 + tolerance) * target * own",
    replace: "target * own",
    seed: 751,
  },
  "scaling down leaves no room": {
    file: "controller/autoscale/proportion.ts",
    find: "target * (1 - tolerance)",
    replace: "target",
    seed: 840,
  },
};
