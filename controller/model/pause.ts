import { z } from "zod";
import { forATime } from "./timed-override.ts";
import { duration, instant, label, reason, shapes } from "./shapes.ts";

const scope = {
  /** The whole fleet, unless one of these is said. */
  region: label.optional(),
  service: label.optional(),
};

/**
 * `autoscale`: no metric changes a count. `repair`: what was changed by hand stays. `all`: no run is started for
 * whatever reason, a commit and the end of a burst included.
 */
const what = z.enum(["autoscale", "repair", "all"]);

export const pauseSchema = z
  .strictObject({
    id: z.string(),
    what,
    ...scope,
    ...forATime,
  })
  .register(shapes, {
    id: "Pause",
    description: "Stops the controller's hand for a time, in the fleet, one region or one service",
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
  .register(shapes, { id: "PauseRequest", description: "Either `for` or `until`" });

export const pauseListSchema = z
  .strictObject({ pauses: z.array(pauseSchema) })
  .register(shapes, { id: "PauseList" });
