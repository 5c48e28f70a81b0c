/** Returns the first `1.2.3` in a text, or undefined. Skips `1.2.3-rc.1`, which comes before its release. */
export function findVersion(text: string): string | undefined {
  return /(?<![\d.])(\d+\.\d+\.\d+)(?![\d.]*[-+]|\d|\.\d)/.exec(text)?.[1];
}

/** Returns whether dotted version `a` is `b` or later. Missing parts count as 0. */
export function isAtLeast(a: string, b: string): boolean {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
