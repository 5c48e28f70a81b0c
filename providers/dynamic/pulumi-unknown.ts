/** At preview, an output of a resource that doesn't exist yet arrives as this text. Source: Pulumi SDK, runtime/rpc. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}

/** Says whether a value is unknown or holds an unknown value at any depth. */
export function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isUnknown(value);
  return Object.values(value).some(hasUnknown);
}
