import { z } from "zod";
import type { AutoscaleSpec, DirectionSpec } from "./autoscale.ts";
import { metricSchema, metricSource } from "./metrics.ts";
import type { MetricSpec } from "./metrics.ts";
import { duration, durationOrZero, positive } from "./schema-parts.ts";

/** The larger of the two counts; without `percent` only `count` does. */
function policy<T extends z.ZodType>(count: number, percent: T) {
  return z
    .strictObject({
      count: positive(
        {
          description: "Replicas per `per`.",
          unit: "replicas",
          defaultText: String(count),
        },
        1000,
        count,
      ).default(count),
      percent,
      per: duration(
        { description: "Period that `count` and `percent` are for.", defaultText: "`60s`" },
        "60s",
      ).prefault("60s"),
    })
    .meta({ description: "How fast at most." });
}

function percentText(fallback: string) {
  return {
    description: "Per cent of the replicas per `per`; the larger of the two counts.",
    unit: "% of the replicas",
    defaultText: fallback,
    examples: [100],
  };
}

const percent = z.int().min(1).max(1000);

const up = z
  .strictObject({
    window: durationOrZero(
      { description: "The smallest recommendation of this time counts.", defaultText: "`0s`" },
      "0s",
    ).prefault("0s"),
    cooldown: durationOrZero(
      { description: "Rest after a change.", defaultText: "`30s`" },
      "30s",
    ).prefault("30s"),
    policy: policy(4, percent.default(100).meta(percentText("100"))).prefault({}),
  })
  .meta({ description: "Scaling up." });

const down = z
  .strictObject({
    window: durationOrZero(
      { description: "The largest recommendation of this time counts.", defaultText: "`5m`" },
      "5m",
    ).prefault("5m"),
    cooldown: durationOrZero(
      { description: "Rest after a change.", defaultText: "`5m`" },
      "5m",
    ).prefault("5m"),
    policy: policy(1, percent.optional().meta(percentText("none"))).prefault({}),
  })
  .meta({ description: "Scaling down." });

const behaviour = z
  .strictObject({
    interval: duration(
      {
        description: "Time between two looks; a sample older than three of them is stale.",
        defaultText: "`15s`",
      },
      "15s",
    ).prefault("15s"),
    tolerance: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .meta({
        description: "Share around the target in which nothing changes.",
        unit: "share of the target",
        defaultText: "0.1",
        examples: [0.1],
      }),
    hold: duration(
      {
        description:
          "How long a recommendation stands without a fresh sample, but never less than six intervals; then the spec's `replicas` hold.",
        defaultText: "`10m`",
      },
      "10m",
    ).prefault("10m"),
    up: up.prefault({}),
    down: down.prefault({}),
  })
  .meta({ description: "How recommendations become changes." });

export const autoscaleSchema = z
  .strictObject({
    metrics: z
      .array(metricSchema)
      .min(1)
      .meta({
        description: "The largest recommendation wins, inside min and max.",
        examples: [[{ type: "cpu", target: 0.7 }]],
      }),
    behaviour: behaviour.prefault({}),
  })
  .meta({ description: "Metrics the controller turns into signals. Needs `scalable: true`." });

/** Samples are taken once per interval: a metric is given up only after it missed this many. */
const HOLD_INTERVALS = 6;

/** Checked `autoscale` → what the controller takes. */
export function normalizeAutoscale(given: z.output<typeof autoscaleSchema>): AutoscaleSpec {
  const { interval, tolerance, hold, up: upward, down: downward } = given.behaviour;
  return {
    metrics: given.metrics.map(
      (metric) => metricSource(metric.type).normalize(metric) as MetricSpec,
    ),
    intervalSeconds: interval,
    tolerance,
    holdSeconds: Math.max(hold, HOLD_INTERVALS * interval),
    up: directionOf(upward),
    down: directionOf(downward),
  };
}

function directionOf(given: z.output<typeof up> | z.output<typeof down>): DirectionSpec {
  const { count, percent: share, per } = given.policy;
  return {
    windowSeconds: given.window,
    cooldownSeconds: given.cooldown,
    policy: { count, ...(share === undefined ? {} : { percent: share }), periodSeconds: per },
  };
}
