import type { Random } from "./mutation-random.ts";
import { KEYS, NUMBERS, VALUES } from "./mutation-words.ts";

type Place = {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string | number;
};

/** Changes a JSON value in one to three places: keys gone, added, moved, values of other types. */
export function mutateValue(given: unknown, random: Random): unknown {
  const root = { value: structuredClone(given) };
  for (let left = 1 + random.int(3); left > 0; left--) {
    const place = random.pickFrom(placesOf(root));
    if (place !== undefined) change(place, root, random);
  }
  return root.value;
}

/** A value for signals as large as such a document may be, of the given entries. */
export function enlarge(entries: readonly unknown[], random: Random): unknown[] {
  const count = random.pick([100, 1_000, 10_000]);
  return Array.from({ length: count }, () => {
    const entry = random.pickFrom(entries);
    return random.chance(0.1) ? mutateValue(entry, random) : entry;
  });
}

function change({ parent, key }: Place, root: unknown, random: Random): void {
  switch (random.int(5)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return;
    case 1: {
      const other = random.pickFrom(placesOf(root));
      if (other !== undefined) set(parent, key, structuredClone(get(other)));
      return;
    }
    case 2:
      if (Array.isArray(parent)) parent.push(odd(random));
      else set(parent, random.pick(KEYS), odd(random));
      return;
    default:
      set(parent, key, odd(random));
  }
}

function odd(random: Random): unknown {
  return random.pick<unknown>([
    null,
    undefined,
    true,
    "",
    random.pick(NUMBERS),
    random.pick(NUMBERS),
    random.pick(VALUES),
    [],
    {},
    [null],
    [[[]]],
    { replicas: random.pick(NUMBERS) },
    JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as unknown,
    "2026-06-01T12:00:00Z",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60.999999999+23:59",
    "x".repeat(5_000),
    "\u001b[31m\n\u202e",
  ]);
}

function placesOf(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const parent = value as Record<string, unknown> | unknown[];
  const keys = Array.isArray(parent) ? [...parent.keys()] : Object.keys(parent);
  return keys.flatMap((key) => [{ parent, key }, ...placesOf(get({ parent, key }))]);
}

function get({ parent, key }: Place): unknown {
  return Array.isArray(parent) ? parent[Number(key)] : parent[key];
}

/** As JSON.parse does it: `__proto__` is a key like any other. */
function set(parent: Place["parent"], key: string | number, value: unknown): void {
  if (Array.isArray(parent) && typeof key === "number") parent[key] = value;
  else
    Object.defineProperty(parent, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}
