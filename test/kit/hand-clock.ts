import type { Clock } from "../../lib/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until the test moves it. */
export class HandClock implements Clock {
  #now = Date.parse("2026-03-01T12:00:00.000Z");
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    if (ms <= 0) queueMicrotask(() => this.#fire(timer));
    return () => void this.#timers.delete(timer);
  }

  /** Moves time forward and fires the timers that fall due. */
  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) if (timer.at <= this.#now) this.#fire(timer);
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.callback();
  }
}
