import { z } from "zod";
import { timedOverride } from "./timed-override.ts";
import { count, duration, instant, label, reason, shapes } from "./shapes.ts";

export const burstSchema = z
  .strictObject({
    id: z.string(),
    service: label,
    region: label,
    /** The count that it asks for. */
    to: count,
    ...timedOverride,
  })
  .register(shapes, {
    id: "Burst",
    description:
      "A request for another count of a service in one region, inside its bounds, until a given time",
  });
export type Burst = z.infer<typeof burstSchema>;

export const burstRequestSchema = z
  .strictObject({
    service: label,
    region: label,
    to: count,
    for: duration.optional(),
    until: instant.optional(),
    reason,
  })
  .register(shapes, { id: "BurstRequest", description: "Either `for` or `until` is given" });

export const burstListSchema = z
  .strictObject({ bursts: z.array(burstSchema) })
  .register(shapes, { id: "BurstList" });
