import type { Policy } from "../../../controller/autoscale/policy.ts";

/** A worker on a queue, with the spec's defaults, but for what a test is about. */
export function policy(own: Partial<Policy> = {}): Policy {
  return {
    metrics: [{ type: "queue_depth", stream: "JOBS", consumer: "workers", target: 100 }],
    intervalSeconds: 15,
    tolerance: 0.1,
    up: {
      windowSeconds: 0,
      cooldownSeconds: 30,
      policy: { count: 4, percent: 100, periodSeconds: 60 },
    },
    down: { windowSeconds: 300, cooldownSeconds: 300, policy: { count: 1, periodSeconds: 60 } },
    replicas: 3,
    min: 1,
    max: 10,
    holdSeconds: 600,
    ...own,
  };
}

/** Neither rests nor rates nor windows: only the metrics speak. */
export const AT_ONCE = {
  up: {
    windowSeconds: 0,
    cooldownSeconds: 0,
    policy: { count: 1_000, periodSeconds: 60 },
  },
  down: {
    windowSeconds: 0,
    cooldownSeconds: 0,
    policy: { count: 1_000, periodSeconds: 60 },
  },
} as const;

export const QUEUE = "queue_depth JOBS workers";
