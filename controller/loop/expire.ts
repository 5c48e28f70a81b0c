import { instantOf } from "../model/shapes.ts";
import type { Burst } from "../model/burst.ts";
import type { Pause } from "../model/pause.ts";
import type { StoreChange, Store } from "../store/store.ts";

/**
 * Closes bursts and pauses whose time is over, as of their own end: also those that ended while the controller was down.
 *
 * @returns what it closed, one sentence each
 */
export async function expireBurstsAndPauses(store: Store, now: number): Promise<string[]> {
  const isOver = ({ until }: Burst | Pause): boolean => Date.parse(until) <= now;
  const bursts = (await store.openBursts()).filter(isOver);
  const pauses = (await store.openPauses()).filter(isOver);
  const at = instantOf(now);
  const changes = [
    ...bursts.flatMap((before): StoreChange[] => {
      const burst: Burst = { ...before, ended_at: before.until, ended_by: "its time" };
      return [
        { put: "burst", burst },
        { add: "event", event: { at, type: "burst.ended", data: { ...burst } } },
        audit("burst.end", burst.id, before, burst, at),
      ];
    }),
    ...pauses.flatMap((before): StoreChange[] => {
      const pause: Pause = { ...before, ended_at: before.until, ended_by: "its time" };
      return [
        { put: "pause", pause },
        { add: "event", event: { at, type: "pause.ended", data: { ...pause } } },
        audit("pause.end", pause.id, before, pause, at),
      ];
    }),
  ];
  if (changes.length > 0) await store.commit(changes);
  return [
    ...bursts.map(({ id, service, region }) => `burst ${id} of ${service} in ${region} has ended`),
    ...pauses.map(({ id, what }) => `pause ${id} of ${what} has ended`),
  ];
}

function audit(
  action: string,
  target: string,
  before: unknown,
  after: unknown,
  at: string,
): StoreChange {
  return {
    add: "audit",
    entry: {
      at,
      actor: "controller",
      action,
      target,
      reason: "its time is over",
      before,
      after,
      result: "done",
      request: `end-${target}`,
    },
  };
}
