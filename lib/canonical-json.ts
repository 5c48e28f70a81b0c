/**
 * Returns JSON with the keys of every object sorted: equal content gives equal text, whatever order its keys were
 * written in. Members that are `undefined` are left out, as `JSON.stringify` does.
 *
 * @example canonicalJson({ b: 1, a: [2] }); // {"a":[2],"b":1}
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
