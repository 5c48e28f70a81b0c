import { z } from "zod";
import { count, duration, patternText, versionKey } from "./common.ts";

/** Replica counts of one region. `max` and `min` default to `replicas`: no room unless granted. */
export const regionCounts = {
  replicas: count("Replicas in this region when nothing asks for more or fewer."),
  min: count("Lowest count anything may scale to. Default: `replicas`.").optional(),
  max: count("Highest count anything may scale to. Default: `replicas`.").optional(),
};

// A name ending in -<number> could meet the name of another service's slot.
const serviceName = patternText("^(?!.*-[0-9]+$)[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", {
  code: "E115",
  message: "is not a service name",
  hint: "Lower-case letters, digits and hyphens, starting with a letter, at most 30 characters, not ending in `-<number>` (slots are named so).",
});

const queueDepth = z.strictObject({
  type: z.literal("queue_depth"),
  stream: z.string().min(1).meta({ description: "JetStream stream of the region." }),
  consumer: z.string().min(1).meta({ description: "Durable consumer." }),
  target: z.number().positive().meta({ description: "Messages per replica." }),
});

const cpu = z.strictObject({
  type: z.literal("cpu"),
  target: z
    .number()
    .positive()
    .max(128)
    .meta({ description: "Share of one core per replica, e.g. 0.7." }),
});

const autoscale = z
  .strictObject({
    metrics: z
      .array(z.discriminatedUnion("type", [queueDepth, cpu]))
      .min(1)
      .meta({
        description: "The largest recommendation wins, inside min and max.",
      }),
  })
  .meta({ description: "Metrics the controller turns into signals. Needs `scalable: true`." });

/** Keys every type of service has, but for `type` and `regions`. */
export const serviceCommon = {
  kind: z.literal("Service"),
  version: versionKey,
  name: serviceName.meta({ description: "Name, unique in the fleet." }),
  scalable: z.boolean().default(false).meta({
    description: "Whether bursts, autoscale and imperative controls may scale it. Default: false.",
  }),
  scale_strategy: z.enum(["infra", "local"]).default("infra").meta({
    description:
      "`infra`: a replica more is a host more. `local`: a replica more is a process more on the hosts there are. Default: `infra`.",
  }),
  stop_timeout: duration("How long it may take to stop before it is killed.").optional(),
  autoscale: autoscale.optional(),
};
