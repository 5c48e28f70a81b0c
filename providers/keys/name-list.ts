/** Lists of names in inputs, which may be of any shape and unknown at preview. */
import type { Properties } from "./contract.ts";

/** At preview, a value that another resource has yet to make arrives as this text. Source: Pulumi SDK, runtime/rpc. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Names in `inputs[property]`, or undefined when they aren't known yet. Throws when it is no list of text. */
export function namesIn(inputs: Properties, property: string): readonly string[] | undefined {
  const value = inputs[property];
  if (value === unknownValue) return undefined;
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) {
    throw new Error(`\`${property}\` must be a list of names.`);
  }
  return value.includes(unknownValue) ? undefined : value;
}

/** As `namesIn`, where names must be known. */
export function knownNamesIn(inputs: Properties, property: string): readonly string[] {
  const names = namesIn(inputs, property);
  if (names === undefined) throw new Error(`\`${property}\` isn't known yet.`);
  return names;
}

/** Do two lists hold the same names, in whatever order? Unknown names count as others. */
export function isSameNames(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): boolean {
  if (a === undefined || b === undefined) return false;
  return [...new Set(a)].toSorted().join("\n") === [...new Set(b)].toSorted().join("\n");
}

/** A check for one list of names: not empty, each accepted by `accepts`. */
export function checkNames(
  inputs: Properties,
  property: string,
  accepts: RegExp,
  what: string,
): { inputs: Properties; failures?: { property: string; reason: string }[] } {
  const value = inputs[property];
  if (value === unknownValue) return { inputs };
  const names: unknown[] = Array.isArray(value) ? value : [];
  const wrong = names.find(
    (name) => name !== unknownValue && !(typeof name === "string" && accepts.test(name)),
  );
  if (names.length > 0 && wrong === undefined) return { inputs };
  const reason =
    wrong === undefined
      ? `\`${property}\` must be a list of at least one ${what}.`
      : `${JSON.stringify(wrong)} is not a ${what}.`;
  return { inputs, failures: [{ property, reason }] };
}
