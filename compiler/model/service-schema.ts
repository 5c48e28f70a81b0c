import { z } from "zod";
import { autoscaleSchema } from "./autoscale-schema.ts";
import { count, duration, patternText, versionKey } from "./schema-parts.ts";

/** Replica counts of one region. `max` and `min` default to `replicas`: no room unless granted. */
export const regionCounts = {
  replicas: count(
    {
      description: "Replicas in this region when nothing asks for more or fewer.",
      unit: "replicas",
    },
    2,
  ).meta({
    familiar: {
      instances: "Write `replicas` under `regions.<region>`.",
      scale: "Write `replicas` under `regions.<region>`.",
    },
  }),
  min: count(
    {
      unit: "replicas",
      description: "Lowest count anything may scale to.",
      defaultText: "`replicas`",
    },
    1,
  ).optional(),
  max: count(
    {
      unit: "replicas",
      description: "Highest count anything may scale to.",
      defaultText: "`replicas`",
    },
    4,
  ).optional(),
};

// A name ending in -<number> could meet the name of another service's slot.
const serviceName = patternText("^(?!.*-[0-9]+$)[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", {
  code: "E115",
  message: "is not a service name",
  hint: "Lower-case letters, digits and hyphens, starting with a letter, at most 30 characters, not ending in `-<number>` (slots are named so).",
});

/** Keys that every type of service has besides `type` and `regions`. */
export const serviceCommon = {
  kind: z.literal("Service"),
  version: versionKey,
  name: serviceName.meta({
    description: "Name, unique in the fleet.",
    examples: ["worker"],
    familiar: { container_name: true },
  }),
  scalable: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether bursts, autoscale and imperative controls may scale it.",
      defaultText: "false",
      examples: [true],
    }),
  scale_strategy: z
    .enum(["infra", "local"])
    .default("infra")
    .meta({
      description:
        "`infra`: each additional replica adds a host. `local`: each additional replica adds a process on the hosts there are.",
      defaultText: "`infra`",
      examples: ["local"],
    }),
  start_timeout: duration(
    {
      description:
        "How long it may take from its start to its first passing probe; then it is stopped and started again.",
      defaultText: "`60s`",
    },
    "90s",
  )
    .optional()
    .meta({ familiar: { start_period: true } }),
  stop_timeout: duration({
    description: "How long it may take to stop before it is killed.",
    defaultText: "`15s` for Caddy and PocketBase, `40s` for NATS, `30s` for a process",
  })
    .optional()
    .meta({ familiar: { kill_timeout: true, stop_grace_period: true } }),
  autoscale: autoscaleSchema.optional(),
};

/** What the schema of any service type gives at least. */
export interface ServiceSource {
  readonly type: string;
  readonly name: string;
  readonly scalable: boolean;
  readonly scale_strategy: "infra" | "local";
  readonly start_timeout?: number | undefined;
  readonly stop_timeout?: number | undefined;
  readonly autoscale?: z.output<typeof autoscaleSchema> | undefined;
  readonly regions: Readonly<Record<string, unknown>>;
}
