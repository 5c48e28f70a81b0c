/** Converts names between Pulumi's camelCase and Cloudflare's snake_case. */
import type { PropertyValue } from "./wire-values.ts";

/** `ipv4Only` → `ipv4_only`, at every depth. */
export function toSnakeCase(value: PropertyValue): PropertyValue {
  return mapKeys(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** `ipv4_only` → `ipv4Only`, at every depth. */
export function toCamelCase(value: PropertyValue): PropertyValue {
  return mapKeys(value, (key) =>
    key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
  );
}

function mapKeys(value: PropertyValue, rename: (key: string) => string): PropertyValue {
  if (Array.isArray(value)) return value.map((item: PropertyValue) => mapKeys(item, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), mapKeys(item, rename)]),
  );
}
