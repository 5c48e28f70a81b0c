import type { Mutant } from "../mutant.ts";

/** The rules, each without what makes it right. The simulation must notice every one. */
export const mutants: Readonly<Record<string, Mutant>> = {
  "a stale sample counts": {
    file: "controller/autoscale/measurements.ts",
    find: "age > FRESH_INTERVALS * intervalSeconds",
    replace: "false",
  },
  "an incomplete sample scales in": {
    file: "controller/autoscale/recommendation.ts",
    find: "sample.missing > 0 && count <= floor",
    replace: "false",
  },
  "a silent metric asks for the least": {
    file: "controller/autoscale/recommendation.ts",
    find: "isLapsed ? policy.replicas : own",
    replace: "policy.min",
  },
  "silence never ends": {
    file: "controller/autoscale/decide.ts",
    find: "standing?.heardAtSeconds ?? Number.NEGATIVE_INFINITY",
    replace: "nowSeconds",
  },
  "what stood long ago is taken up again": {
    file: "controller/autoscale/history.ts",
    find: "nowSeconds < heardAtSeconds + holdSeconds",
    replace: "true",
  },
  "a pause counts as silence": {
    file: "controller/autoscale/history.ts",
    find: "memory.heardAtSeconds + pausedSeconds",
    replace: "memory.heardAtSeconds",
  },
  "a recommendation lapses in a pause": {
    file: "controller/fleet/pauses.ts",
    find: "over + stretch.to - began",
    replace: "over",
  },
  "a pause that was ended goes on": {
    file: "controller/fleet/pauses.ts",
    find: "to: Math.min(Date.parse(until), Date.parse(ended))",
    replace: "to: Date.parse(until)",
  },
  "pauses that overlap count twice": {
    file: "controller/fleet/pauses.ts",
    find: "from > last.to",
    replace: "true",
  },
  "bounds are left to the compiler": {
    file: "controller/autoscale/decide.ts",
    find: "Math.min(Math.max(count, min), max)",
    replace: "count",
  },
  "the compiler has no bounds": {
    file: "compiler/plan/counts.ts",
    find: "Math.min(Math.max(signal.count, min), max)",
    replace: "signal.count",
  },
  "a burst outlives its end": {
    file: "compiler/plan/signals.ts",
    find: "at < until.seconds",
    replace: "at < until.seconds + 60",
  },
  "a recommendation outlives its time": {
    file: "compiler/plan/signals.ts",
    find: "at < valid_until.seconds",
    replace: "at < valid_until.seconds + 60",
  },
  "the smaller burst wins": {
    file: "compiler/plan/counts.ts",
    find: "each.count > best.count",
    replace: "each.count < best.count",
  },
  "steps start from what a burst made run": {
    file: "controller/autoscale/decide.ts",
    find: "standing?.count ?? policy.replicas",
    replace: "look.running ?? policy.replicas",
  },
  "the smallest vote wins": {
    file: "controller/autoscale/decide.ts",
    find: "vote.count > best.count",
    replace: "vote.count < best.count",
  },
  "a restart loses the windows": {
    file: "controller/autoscale/state.ts",
    find: "recommendations: z.array(z.object({ atSeconds: seconds, count }))",
    replace: "recommendations: z.array(z.unknown()).transform(() => [])",
  },
  "a gap covers the windows": {
    file: "controller/autoscale/decide.ts",
    find: "nowSeconds - lookedAtSeconds > GAP_INTERVALS * policy.intervalSeconds",
    replace: "false",
  },
  "a longer window of a new spec is taken as covered": {
    file: "controller/autoscale/decide.ts",
    find: "windowSeconds < longerWindow(policy)",
    replace: "false",
  },
  "scaling down has no window": {
    file: "controller/autoscale/scaling-rate.ts",
    find: "Math.max(wanted, ...within(down.windowSeconds))",
    replace: "wanted",
  },
  "no rest after a change": {
    file: "controller/autoscale/scaling-rate.ts",
    find: "nowSeconds - atSeconds < cooldownSeconds",
    replace: "false",
  },
  "no rates": {
    file: "controller/autoscale/scaling-rate.ts",
    find: "isUp ? Math.min(wanted, most) : Math.max(wanted, most)",
    replace: "wanted",
  },
  "no tolerance upwards": {
    file: "controller/autoscale/proportion.ts",
    find: "(1 + tolerance) * target * own",
    replace: "target * own",
  },
  "scaling down leaves no room": {
    file: "controller/autoscale/proportion.ts",
    find: "target * (1 - tolerance)",
    replace: "target",
  },
};
