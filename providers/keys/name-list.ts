/** Lists of names in inputs, which may be of any shape and unknown at preview. */
import { hasUnknown, isUnknown } from "../dynamic/pulumi-unknown.ts";
import type { CheckResult, Properties } from "../dynamic/resource-methods.ts";

/**
 * Returns the names in `inputs[property]`, or undefined while they are unknown.
 *
 * @throws when the property isn't a list of text
 */
export function namesIn(inputs: Properties, property: string): readonly string[] | undefined {
  const value = inputs[property];
  if (isUnknown(value)) return undefined;
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) {
    throw new Error(`\`${property}\` must be a list of names.`);
  }
  return hasUnknown(value) ? undefined : value;
}

/**
 * Returns the names in `inputs[property]`.
 *
 * @throws when they are unknown or aren't a list of text
 */
export function knownNamesIn(inputs: Properties, property: string): readonly string[] {
  const names = namesIn(inputs, property);
  if (names === undefined) throw new Error(`\`${property}\` is still unknown.`);
  return names;
}

/** Says whether two lists hold the same names in any order. Unknown names differ from all others. */
export function isSameNames(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): boolean {
  if (a === undefined || b === undefined) return false;
  return [...new Set(a)].toSorted().join("\n") === [...new Set(b)].toSorted().join("\n");
}

/** Checks that `inputs[property]` is a list of at least one name, each accepted by `accepts`. */
export function checkNames(
  inputs: Properties,
  property: string,
  accepts: RegExp,
  what: string,
): CheckResult {
  const value = inputs[property];
  if (isUnknown(value)) return { inputs };
  const names: unknown[] = Array.isArray(value) ? value : [];
  const wrong = names.find(
    (name) => !isUnknown(name) && !(typeof name === "string" && accepts.test(name)),
  );
  if (names.length > 0 && wrong === undefined) return { inputs };
  const reason =
    wrong === undefined
      ? `\`${property}\` must be a list of at least one ${what}.`
      : `${JSON.stringify(wrong)} is not a ${what}.`;
  return { inputs, failures: [{ property, reason }] };
}
