/** Time as a port, so that tests of leases, limits and latencies never wait. */

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back once, unless cancelled. */
  after(ms: number, callback: () => void): () => void;
}

export interface VirtualClock extends Clock {
  /** Moves time on, running what falls due in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** @param start milliseconds since the epoch. */
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

/** Resolves after `ms` of the clock's time. */
export function pause(clock: Clock, ms: number): Promise<void> {
  const done = Promise.withResolvers<void>();
  clock.after(ms, done.resolve);
  return done.promise;
}

/** Several turns of the event loop: enough for chains of promises that touch no file or socket. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
