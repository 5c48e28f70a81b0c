/** A clock that moves only when it is told to: for simulations and tests, which then wait for nothing. */
import type { Clock } from "../../lib/clock.ts";

export interface VirtualClock extends Clock {
  /** Moves time forward and runs the timers that fall due, in order; promises settle after each. */
  advance(ms: number): Promise<void>;
}

/** @param start milliseconds since 1970 */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start;
  let timers: { readonly due: number; readonly callback: () => void }[] = [];
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { due: now + Math.max(0, ms), callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const [next] = timers.filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.due;
        next.callback();
      }
      now = end;
    },
  };
}

/** Waits for several turns of the event loop: enough for chains of promises that touch no file or socket. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
