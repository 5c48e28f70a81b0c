/** Looks, one after the other, as the controller makes them: what is remembered goes through JSON each time. */
import { decide } from "../../../controller/autoscale/decide.ts";
import type { ScalingDecision } from "../../../controller/autoscale/decide.ts";
import type { Reading } from "../../../controller/autoscale/measurements.ts";
import type { Policy } from "../../../controller/autoscale/policy.ts";
import { NOTHING_REMEMBERED, stateSchema } from "../../../controller/autoscale/state.ts";

/** A number is a whole sample of that moment, `old` one that was taken so many seconds ago. */
type Heard = number | { readonly old: number; readonly value: number } | Reading;

export interface Watch {
  /** The decision at that second; metrics that aren't named weren't heard. */
  at(
    seconds: number,
    heard: Readonly<Record<string, Heard>>,
    running?: number | "unknown",
  ): ScalingDecision;
  setPolicy(policy: Policy): void;
}

export function watch(first: Policy): Watch {
  let policy = first;
  let kept = JSON.stringify(NOTHING_REMEMBERED);
  let count: number | undefined;
  return {
    at(seconds, heard, running = count ?? policy.replicas) {
      const readings = Object.fromEntries(
        Object.entries(heard).map(([name, each]): [string, Reading] => [
          name,
          reading(each, seconds),
        ]),
      );
      const decision = decide(
        stateSchema.parse(JSON.parse(kept)),
        { running: running === "unknown" ? undefined : running, readings },
        policy,
        seconds,
      );
      kept = JSON.stringify(decision.state);
      count = decision.count;
      return decision;
    },
    setPolicy: (next) => void (policy = next),
  };
}

function reading(heard: Heard, seconds: number): Reading {
  if (typeof heard === "number") return { atSeconds: seconds, value: heard, missing: 0 };
  if ("old" in heard) return { atSeconds: seconds - heard.old, value: heard.value, missing: 0 };
  return heard;
}
