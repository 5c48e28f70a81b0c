/**
 * What crosses to the engine must be plain JSON: `undefined` at any depth fails the call after the API acted
 * ("Unexpected struct type"), and a frozen object can't take the `__provider` the handler writes into it.
 */

/** Properties of a resource as the engine hands them over and takes them back. */
export type Properties = Readonly<Record<string, unknown>>;

/** A fresh, plain copy: `undefined` members are dropped, dates become text. */
export function plain(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** JSON with sorted keys: the same text for the same content. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
