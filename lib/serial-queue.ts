/** Runs jobs one at a time, in the order they were added. */
export interface SerialQueue {
  /** Adds a job; resolves or rejects as the job does. A job that fails doesn't stop those behind it. */
  run<T>(job: () => Promise<T>): Promise<T>;
  /** Resolves when every job added so far has ended. */
  idle(): Promise<void>;
}

export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async run(job) {
      const result = last.then(job);
      last = result.catch(() => undefined);
      return result;
    },
    async idle() {
      await last;
    },
  };
}
