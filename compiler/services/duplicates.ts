import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";
import type { Source } from "../text/source.ts";

/** E327: names that stand in the list at `path` twice. */
export function findDuplicates(source: Source, path: Path, names: readonly string[]): Diagnostic[] {
  const first = new Map<string, number>();
  return names.flatMap((name, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return diagnose(source, {
      code: "E327",
      path: [...path, index],
      message: `\`${name}\` is in the list already: ${formatPosition(source, [...path, earlier])}`,
      hint: "Remove one of the two.",
    });
  });
}
