/** Boots that take longer than usual, and can be cut short by a newer request. */
import type { Clock } from "../../../lib/clock.ts";

export interface BootDelays {
  /** Resolves after `ms`, or when the delay is cut short. */
  wait(id: string, ms: number): Promise<void>;
  /** Ends the Machine's delay now, if it has one. */
  cut(id: string): void;
  cutAll(): void;
}

export function createBootDelays(clock: Clock): BootDelays {
  const ends = new Map<string, () => void>();
  return {
    async wait(id, ms) {
      const over = Promise.withResolvers<void>();
      const cancel = clock.after(ms, over.resolve);
      ends.set(id, over.resolve);
      await over.promise;
      ends.delete(id);
      cancel();
    },
    cut: (id) => ends.get(id)?.(),
    cutAll() {
      for (const end of ends.values()) end();
    },
  };
}
