import { z } from "zod";
import { duration, durationOrZero, milliseconds, positive } from "./schema-parts.ts";

/** Lag of a JetStream consumer: what waits and what is being worked on. */
const queueDepth = z
  .strictObject({
    type: z.literal("queue_depth"),
    stream: z
      .string()
      .min(1)
      .meta({ description: "JetStream stream of the service's own region.", examples: ["JOBS"] }),
    consumer: z
      .string()
      .min(1)
      .meta({ description: "Durable consumer of that stream.", examples: ["workers"] }),
    target: z
      .number()
      .positive()
      .meta({ description: "Messages per replica, waiting or in work.", examples: [100] }),
  })
  .meta({ description: "Messages that wait in a queue. `process` services only." });

const cpu = z
  .strictObject({
    type: z.literal("cpu"),
    target: z
      .number()
      .positive()
      .max(128)
      .meta({ description: "Cores per replica: 0.7 is 70 % of one.", examples: [0.7] }),
  })
  .meta({ description: "CPU time of the service's processes, as Process Compose measures it." });

const memory = z
  .strictObject({
    type: z.literal("memory"),
    target: z
      .number()
      .positive()
      .meta({ description: "MB per replica (resident set).", examples: [200] }),
  })
  .meta({ description: "Memory of the service's processes, as Process Compose measures it." });

const inFlight = z
  .strictObject({
    type: z.literal("in_flight"),
    target: z
      .number()
      .positive()
      .meta({ description: "Requests per replica at one moment.", examples: [50] }),
  })
  .meta({ description: "Requests Caddy is answering. `caddy` services only." });

const latency = z
  .strictObject({
    type: z.literal("latency"),
    target: milliseconds("Time to the first byte that is still good."),
    percentile: z
      .number()
      .min(50)
      .max(99.9)
      .default(95)
      .meta({ description: "Which percentile of the requests. Default: 95.", examples: [99] }),
    breaches: positive(
      "Samples above the target that ask for one replica more. Default: 3.",
      20,
      3,
    ).default(3),
    samples: positive("Last samples looked at. Default: 5.", 20, 5).default(5),
  })
  .meta({
    description:
      "How long visitors wait for Caddy's first byte; one replica at a time, as it isn't proportional. `caddy` services only.",
  });

/** The larger of the two counts; without `percent` only `count` does. */
function policy<T extends z.ZodType>(count: number, percent: T) {
  return z
    .strictObject({
      count: positive(`Replicas per \`per\`. Default: ${count}.`, 1000, count).default(count),
      percent,
      per: duration("Period that `count` and `percent` are for. Default: `60s`.", "60s").prefault(
        "60s",
      ),
    })
    .meta({ description: "How fast at most." });
}

function percentText(fallback: string) {
  return {
    description: `Per cent of the replicas per \`per\`; the larger of the two counts. Default: ${fallback}.`,
    examples: [100],
  };
}

const percent = z.int().min(1).max(1000);

const up = z
  .strictObject({
    window: durationOrZero(
      "The smallest recommendation of this time counts. Default: `0s`.",
      "0s",
    ).prefault("0s"),
    cooldown: durationOrZero("Rest after a change. Default: `30s`.", "30s").prefault("30s"),
    policy: policy(4, percent.default(100).meta(percentText("100"))).prefault({}),
  })
  .meta({ description: "Scaling up." });

const down = z
  .strictObject({
    window: durationOrZero(
      "The largest recommendation of this time counts. Default: `5m`.",
      "5m",
    ).prefault("5m"),
    cooldown: durationOrZero("Rest after a change. Default: `5m`.", "5m").prefault("5m"),
    policy: policy(1, percent.optional().meta(percentText("none"))).prefault({}),
  })
  .meta({ description: "Scaling down." });

const behaviour = z
  .strictObject({
    interval: duration(
      "Time between two looks; a sample older than three of them is stale. Default: `15s`.",
      "15s",
    ).prefault("15s"),
    tolerance: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .meta({
        description: "Share around the target in which nothing changes. Default: 0.1.",
        examples: [0.1],
      }),
    hold: duration(
      "How long a recommendation stands without a fresh sample, but never less than six intervals; then the spec's `replicas` hold. Default: `10m`.",
      "10m",
    ).prefault("10m"),
    up: up.prefault({}),
    down: down.prefault({}),
  })
  .meta({ description: "How recommendations become changes." });

export const autoscale = z
  .strictObject({
    metrics: z
      .array(z.discriminatedUnion("type", [queueDepth, cpu, memory, inFlight, latency]))
      .min(1)
      .meta({
        description: "The largest recommendation wins, inside min and max.",
        examples: [[{ type: "cpu", target: 0.7 }]],
      }),
    behaviour: behaviour.prefault({}),
  })
  .meta({ description: "Metrics the controller turns into signals. Needs `scalable: true`." });
