import { isCollection, isPair, isScalar } from "yaml";

/**
 * Offsets of keys that stand in their mapping already. Keys are compared as the text they become: `1` and `"1"`
 * are one key of the value. For nodes no deeper than `findTokenProblem` lets through.
 */
export function duplicateKeys(node: unknown): number[] {
  if (!isCollection(node)) return [];
  const found: number[] = [];
  const seen = new Set<string>();
  for (const item of node.items) {
    if (!isPair(item)) {
      found.push(...duplicateKeys(item));
      continue;
    }
    if (isScalar(item.key)) {
      const key = String(item.key.value);
      if (seen.has(key)) found.push(item.key.range?.[0] ?? 0);
      seen.add(key);
    }
    found.push(...duplicateKeys(item.key), ...duplicateKeys(item.value));
  }
  return found;
}
