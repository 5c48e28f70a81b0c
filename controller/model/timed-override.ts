import { z } from "zod";
import { instant } from "./shapes.ts";

/** What bursts and pauses have in common: an author, a reason, and a time at which they end by themselves. */
export const timedOverride = {
  from: instant,
  until: instant,
  author: z.string(),
  reason: z.string(),
  /** When and by whom it was ended; at `until` the controller ends it. */
  ended_at: instant.optional(),
  ended_by: z.string().optional(),
};

/** Whether the override acts at `now` (milliseconds since 1970). */
export function isLive(
  override: {
    readonly from: string;
    readonly until: string;
    readonly ended_at?: string | undefined;
  },
  now: number,
): boolean {
  return (
    override.ended_at === undefined &&
    Date.parse(override.from) <= now &&
    now < Date.parse(override.until)
  );
}
