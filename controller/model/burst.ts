import { z } from "zod";
import { forATime } from "./timed-override.ts";
import { count, duration, instant, label, reason, shapes } from "./shapes.ts";

export const burstSchema = z
  .strictObject({
    id: z.string(),
    service: label,
    region: label,
    /** Replicas it asks for. */
    to: count,
    ...forATime,
  })
  .register(shapes, {
    id: "Burst",
    description: "Asks for another count of a service in one region, inside its bounds, for a time",
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
  .register(shapes, { id: "BurstRequest", description: "Either `for` or `until`" });

export const burstListSchema = z
  .strictObject({ bursts: z.array(burstSchema) })
  .register(shapes, { id: "BurstList" });
