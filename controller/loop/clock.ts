/** Time as the controller sees it: tests turn it by hand. */
export interface Clock {
  now(): Date;
  /** Resolves at that time (milliseconds since 1970), or as soon as `signal` says. */
  waitUntil(at: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  waitUntil: async (at, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, at - Date.now()));
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    }),
};
