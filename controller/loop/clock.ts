/** Time as the controller sees it: tests turn it by hand. */
export interface Clock {
  now(): Date;
  /** Resolves after so long, or as soon as `signal` says. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  wait: async (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    }),
};
