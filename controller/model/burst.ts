import { z } from "zod";
import { count, duration, instant, label, reason, shapes } from "./shapes.ts";

export const burstSchema = z
  .strictObject({
    id: z.string(),
    service: label,
    region: label,
    /** Replicas it asks for. */
    to: count,
    from: instant,
    until: instant,
    author: z.string(),
    reason: z.string(),
    /** Set when it was ended before its time. */
    ended_at: instant.optional(),
    ended_by: z.string().optional(),
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

/** Does it count at this moment? Times in milliseconds since 1970. */
export function isLive(burst: Burst, now: number): boolean {
  return (
    burst.ended_at === undefined && Date.parse(burst.from) <= now && now < Date.parse(burst.until)
  );
}
