/** Lines that are in one text and not in the other. A summary for reading, not a patch: moved lines don't count. */
export interface LineDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Linear in the texts' length, which for a Caddyfile of 50 services is what matters. */
export function diffLines(before: string, after: string): LineDiff {
  const a = before.split("\n");
  const b = after.split("\n");
  return { added: without(b, a), removed: without(a, b) };
}

/** `lines` less one of each line in `others`. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
}
