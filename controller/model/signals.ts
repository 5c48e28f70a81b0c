import { z } from "zod";
import { count, instant, shapes } from "./shapes.ts";

export const signalsSchema = z
  .strictObject({
    version: z.literal(1),
    as_of: instant,
    bursts: z.array(
      z.strictObject({
        id: z.string(),
        service: z.string(),
        region: z.string(),
        to: count,
        from: instant,
        until: instant,
        author: z.string(),
        reason: z.string(),
      }),
    ),
    metrics: z.array(
      z.strictObject({
        service: z.string(),
        region: z.string(),
        count,
        valid_until: instant,
        reason: z.string(),
      }),
    ),
  })
  .register(shapes, {
    id: "Signals",
    description: "Version 1 of the document that `flotilla:signals` names",
  });
export type Signals = z.infer<typeof signalsSchema>;
export type MetricSignal = Signals["metrics"][number];
