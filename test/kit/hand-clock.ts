import type { Clock } from "../../controller/loop/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands until it is moved. */
export class HandClock implements Clock {
  #now = Date.parse("2026-03-01T12:00:00.000Z");
  readonly #sleepers = new Set<Sleeper>();

  now(): Date {
    return new Date(this.#now);
  }

  async waitUntil(at: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || at <= this.#now) return;
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        at,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", sleeper.wake);
    });
  }

  /** Moves on, waking whoever's time has come. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#now) sleeper.wake();
  }
}
