/**
 * Property values as the Pulumi engine sends them to a plugin that accepts secrets, and their plain form.
 * The signatures are Pulumi's own (sdk/nodejs/runtime/rpc.ts, sdk/go/common/resource/plugin/rpc.go).
 */

export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | readonly PropertyValue[]
  | { readonly [key: string]: PropertyValue };
export type Props = Readonly<Record<string, PropertyValue>>;

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** The engine's markers of unknown values, one per type; a Node program sends the string's for all types. */
const UNKNOWN = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function isRecord(value: PropertyValue): value is { readonly [key: string]: PropertyValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unwrap(value: PropertyValue, onSecret: () => void): PropertyValue {
  if (Array.isArray(value)) return value.map((item: PropertyValue) => unwrap(item, onSecret));
  if (!isRecord(value)) return value;
  const signature = value[SIGNATURE_KEY];
  if (signature === SECRET) {
    onSecret();
    return unwrap(value["value"] ?? null, onSecret);
  }
  if (signature === OUTPUT_VALUE) {
    if (value["secret"] === true) onSecret();
    return value["value"] === undefined ? UNKNOWN_STRING : unwrap(value["value"], onSecret);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unwrap(item, onSecret)]),
  );
}

/** Returns the plain properties, and the names of those that contain a secret at any depth. */
export function unwrapSecrets(props: Props): {
  readonly plain: Props;
  readonly secret: ReadonlySet<string>;
} {
  const secret = new Set<string>();
  const plain = Object.entries(props).map(
    ([key, value]) => [key, unwrap(value, () => secret.add(key))] as const,
  );
  return { plain: Object.fromEntries(plain), secret };
}

/** Wraps the properties named in `secret`, so that the engine encrypts them in state. */
export function wrapSecrets(props: Props, secret: ReadonlySet<string>): Props {
  return Object.fromEntries(
    Object.entries(props).map(([key, value]) => [
      key,
      secret.has(key) ? { [SIGNATURE_KEY]: SECRET, value } : value,
    ]),
  );
}

/** Returns whether the value is or contains one that is known only after other resources are created. */
export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "string") return UNKNOWN.has(value);
  if (typeof value !== "object") return false;
  return Object.values(value).some((item) => hasUnknown(item));
}

/** Deep equality; the order of keys doesn't matter, and an absent key equals none. */
export function isSame(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (typeof a !== "object" || typeof b !== "object" || Array.isArray(a) !== Array.isArray(b))
    return false;
  const left = a as { readonly [key: string]: PropertyValue };
  const right = b as { readonly [key: string]: PropertyValue };
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => isSame(left[key], right[key]));
}

/** Drops `undefined`, on which the Node plugin server fails. */
export function toProps(value: Readonly<Record<string, unknown>>): Props {
  return JSON.parse(JSON.stringify(value)) as Props;
}
