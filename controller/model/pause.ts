import { z } from "zod";
import { timedOverride } from "./timed-override.ts";
import { duration, instant, label, reason, shapes } from "./shapes.ts";

const scope = {
  /** Without region and service, the pause covers the whole fleet. */
  region: label.optional(),
  service: label.optional(),
};

/**
 * `autoscale`: no metric changes a count. `repair`: drift isn't repaired. `all`: no run starts for any reason, a new
 * commit and the end of a burst included.
 */
const what = z.enum(["autoscale", "repair", "all"]);

export const pauseSchema = z
  .strictObject({
    id: z.string(),
    what,
    ...scope,
    ...timedOverride,
  })
  .register(shapes, {
    id: "Pause",
    description:
      "Holds autoscale, repair or everything back until a given time, in the fleet, one region or one service",
  });
export type Pause = z.infer<typeof pauseSchema>;

export const pauseRequestSchema = z
  .strictObject({
    what,
    ...scope,
    for: duration.optional(),
    until: instant.optional(),
    reason,
  })
  .register(shapes, { id: "PauseRequest", description: "Either `for` or `until` is given" });

export const pauseListSchema = z
  .strictObject({ pauses: z.array(pauseSchema) })
  .register(shapes, { id: "PauseList" });
