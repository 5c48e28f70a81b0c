/** A clock that moves to its next timer when nothing else is left to do: shared by the provider and the local Fly API. */
import type { Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/clock.ts";

export interface SimulationClock extends Clock {
  now(): number;
  after(ms: number, callback: () => void): () => void;
  sleep(ms: number): Promise<void>;
  /** Drives time until the work is done. Rejects as the work does, or when it can never end. */
  drive<T>(work: Promise<T>): Promise<T>;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Turns of the event loop in which the promises of both sides settle: no file or socket is involved. */
const turns = 4;
/** Longer than any deadline of the provider. */
const foreverMs = 24 * 3_600_000;

export function createSimulationClock(start = Date.UTC(2026, 0, 1)): SimulationClock {
  let now = start;
  const timers = new Set<Timer>();

  function after(ms: number, callback: () => void): () => void {
    const timer = { due: now + Math.max(0, ms), callback };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  /** Those due at the same time run in the order they were set, as a set keeps it. */
  function fireNext(): boolean {
    let next: Timer | undefined;
    for (const timer of timers) if (next === undefined || timer.due < next.due) next = timer;
    if (next === undefined) return false;
    timers.delete(next);
    now = Math.max(now, next.due);
    next.callback();
    return true;
  }

  const port: Clock = { now: () => now, after };
  return {
    ...port,
    sleep: (ms) => sleep(port, ms),
    async drive(work) {
      const end = now + foreverMs;
      const state = { isDone: false };
      const done = work.finally(() => (state.isDone = true));
      // The caller handles the failure, through the result below.
      done.catch(() => undefined);
      for (;;) {
        for (let turn = 0; turn < turns; turn += 1) {
          if (state.isDone) return done;
          await nextTurn();
        }
        if (now > end) throw new Error("A run goes on for more than a day.");
        if (!fireNext()) throw new Error("A run waits for something that will never come.");
      }
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
