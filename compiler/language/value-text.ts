/** How diagnostics speak of types and values. */
import type { Path } from "../text/diagnostic.ts";

export function expectedName(expected: string): string {
  if (expected === "int") return "a whole number";
  if (expected === "array") return "a list";
  if (expected === "object" || expected === "record") return "a mapping";
  if (expected === "string") return "text";
  return expected === "boolean" ? "true or false" : `a ${expected}`;
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return Number.isInteger(value) ? "a number" : "a fraction";
  return "true or false";
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

export function quoteAt(value: unknown, path: Path): string {
  const found = valueAt(value, path);
  const text = isScalar(found) ? `\`${String(found)}\`` : typeName(found);
  return text.length > 80 ? `${text.slice(0, 77)}…\`` : text;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (parent, step) => (parent as Record<string | number, unknown> | null | undefined)?.[step],
    value,
  );
}
