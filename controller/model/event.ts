import { z } from "zod";
import { instant, shapes } from "./shapes.ts";

export const eventSchema = z
  .strictObject({
    /** Ascending. A client that reconnects sends the last one as `Last-Event-ID`. */
    seq: z.int(),
    at: instant,
    type: z.enum([
      "burst.started",
      "burst.ended",
      "pause.started",
      "pause.ended",
      "commit.seen",
      "run.started",
      "run.ended",
      "drift.found",
      "drift.gone",
      "decision",
    ]),
    data: z.record(z.string(), z.unknown()),
  })
  .register(shapes, { id: "Event", description: "The `data` of a server-sent event" });
export type Event = z.infer<typeof eventSchema>;
