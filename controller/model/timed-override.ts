import { z } from "zod";
import { instant } from "./shapes.ts";

/** What bursts and pauses have in common: somebody's word that holds for a time. */
export const forATime = {
  from: instant,
  until: instant,
  author: z.string(),
  reason: z.string(),
  /** Set when it was ended before its time. */
  ended_at: instant.optional(),
  ended_by: z.string().optional(),
};

/** Does it hold at this moment? Times in milliseconds since 1970. */
export function isLive(
  word: { readonly from: string; readonly until: string; readonly ended_at?: string | undefined },
  now: number,
): boolean {
  return (
    word.ended_at === undefined && Date.parse(word.from) <= now && now < Date.parse(word.until)
  );
}
