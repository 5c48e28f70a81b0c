import { z } from "zod";
import { byRegionOrDefault, positive, regionCode } from "../../model/schema-parts.ts";
import { regionCounts, serviceCommon } from "../../model/service-schema.ts";

const jetstream = z
  .strictObject({
    servers: z
      .int()
      .refine((n) => n === 1 || n === 3, {
        error: "is neither 1 nor 3",
        params: {
          code: "E309",
          hint: "Use 1 or 3: two servers are worse than one, as losing either stops JetStream. Replicas beyond the servers are leaf nodes.",
        },
      })
      .meta({
        enum: [1, 3],
        description: "JetStream servers per region: 1 or 3.",
        unit: "servers",
        examples: [1],
      }),
    storage_gb: positive(
      { description: "Disk for streams on each server's volume, in GB.", unit: "GB" },
      500,
      10,
    ),
    memory_mb: positive(
      { description: "Memory for streams on each server, in MB.", unit: "MB" },
      65536,
      64,
    ),
  })
  .meta({ description: "JetStream of one region; its domain is the region's code." });

export const natsSchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("nats"),
    regions: byRegionOrDefault(
      z.strictObject({
        ...regionCounts,
        jetstream: jetstream
          .optional()
          .meta({ description: "This region's JetStream.", defaultText: "the service's" }),
      }),
      "Replicas by region, or `default`.",
    ),
    jetstream: jetstream.meta({
      description: "JetStream per region. Replicas beyond `servers` are leaf nodes.",
    }),
    hub: regionCode()
      .optional()
      .meta({
        description: "Region all others link to.",
        defaultText: "the only region with NATS",
        examples: ["iad"],
      }),
  })
  .meta({
    title: "Service: NATS",
    description: "Messaging with JetStream, one domain per region, hub and spokes across regions.",
  });
