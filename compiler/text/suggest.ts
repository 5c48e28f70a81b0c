/** Returns the nearest candidate, undefined if none differs by at most a third of its letters (at least one). */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const most = Math.max(1, Math.floor(candidate.length / 3));
    // The difference in length is a lower bound of the edits; the word may be a megabyte long.
    if (Math.abs(word.length - candidate.length) > most) continue;
    const distance = editDistance(word, candidate);
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Returns `Did you mean x?` if there is a near candidate, else the list of candidates. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = suggest(word, candidates);
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return candidates.length === 0 ? "Remove it." : `Possible here: ${candidates.join(", ")}.`;
}

/** Optimal string alignment: insertions, deletions, replacements, swaps of neighbours. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(
        at(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        at(rows, i - 1, j - 1) + cost,
      );
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, at(rows, i - 2, j - 2) + 1);
      row.push(distance);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? Infinity;
}
