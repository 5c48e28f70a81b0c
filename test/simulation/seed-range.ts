/**
 * Seeds to try in turn: a hint, and then 1 to `last`.
 *
 * @param hint a seed that showed the fault before; one that no longer does costs only time
 */
export function seedsFrom(last: number, hint?: number): number[] {
  const all = Array.from({ length: last }, (_, index) => index + 1);
  return hint === undefined ? all : [hint, ...all];
}
