/** The random choices of a simulation, all derived from its seed. */
import { createRandom } from "../../local/machines/random.ts";

export interface Dice {
  /** Returns a number in [0, 1). */
  random(): number;
  /** Returns a whole number from 0 to below `limit`. */
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function createDice(seed: number): Dice {
  const random = createRandom(seed * 2_654_435_761);
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    random,
    below,
    chance: (share) => random() < share,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
  };
}
