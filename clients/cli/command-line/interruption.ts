/** Turns the first Ctrl-C into an abort, so that what runs ends in order. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

/** Catches SIGINT, SIGTERM and SIGHUP: the first aborts, the second ends this process at once with exit code 130. */
export function catchInterruption(): Interruption {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // The listener stays after the first signal: the engine's library ends the process when its own is the only one left.
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of names) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release() {
      for (const name of names) process.off(name, interrupt);
    },
  };
}
