import type { Burst } from "../model/burst.ts";
import type { Pause } from "../model/pause.ts";
import { instantOf } from "../model/shapes.ts";
import type { Store, StoreChange } from "../store/store.ts";

export interface Expired {
  readonly kind: "burst" | "pause";
  readonly id: string;
}

/** Marks bursts and pauses as ended at their own `until`, also if that passed while the controller was down. */
export async function expireBurstsAndPauses(store: Store, now: number): Promise<Expired[]> {
  const isOver = ({ until }: Burst | Pause): boolean => Date.parse(until) <= now;
  const bursts = (await store.openBursts()).filter(isOver);
  const pauses = (await store.openPauses()).filter(isOver);
  const at = instantOf(now);
  const changes = [
    ...bursts.flatMap((before): StoreChange[] => {
      const burst: Burst = { ...before, ended_at: before.until, ended_by: "expiry" };
      return [
        { put: "burst", burst },
        { add: "event", event: { at, type: "burst.ended", data: { ...burst } } },
        auditOf("burst.end", burst.id, before, burst, at),
      ];
    }),
    ...pauses.flatMap((before): StoreChange[] => {
      const pause: Pause = { ...before, ended_at: before.until, ended_by: "expiry" };
      return [
        { put: "pause", pause },
        { add: "event", event: { at, type: "pause.ended", data: { ...pause } } },
        auditOf("pause.end", pause.id, before, pause, at),
      ];
    }),
  ];
  if (changes.length > 0) await store.commit(changes);
  return [
    ...bursts.map(({ id }) => ({ kind: "burst" as const, id })),
    ...pauses.map(({ id }) => ({ kind: "pause" as const, id })),
  ];
}

function auditOf(
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
      reason: "it expired",
      before,
      after,
      result: "done",
      request: `end-${target}`,
    },
  };
}
