import { z } from "zod";
import type { Code } from "../codes.ts";
import { DURATION_PATTERN, parseDuration } from "../duration.ts";
import { FLY_REGIONS } from "../fly-regions.ts";

/** What a failed custom rule says: `schema-issues.ts` turns it into a diagnostic. */
export interface RuleParams {
  readonly code: Code;
  readonly hint: string;
}

/** A string rule with its own code, which is also a `pattern` in the JSON Schema. */
export function patternText(pattern: string, rule: RuleParams & { readonly message: string }) {
  return z
    .string()
    .refine((text) => new RegExp(pattern, "u").test(text), {
      error: rule.message,
      params: { code: rule.code, hint: rule.hint },
    })
    .meta({ pattern });
}

export const DURATION_HINT = "Write a number above 0 with a unit: `30s`, `5m` or `1h30m`.";

/** `30s`, `5m`, `1h30m`. Output: seconds. */
export function duration(description: string) {
  return z
    .string()
    .refine((text) => (parseDuration(text) ?? 0) > 0, {
      error: "is not a duration",
      params: { code: "E111", hint: DURATION_HINT },
    })
    .transform((text) => parseDuration(text) ?? 0)
    .meta({ pattern: DURATION_PATTERN, description });
}

/** One DNS label, as Fly wants app names. */
export function dnsLabel(description: string) {
  return patternText("^[a-z][a-z0-9-]{0,61}[a-z0-9]$", {
    code: "E115",
    message: "is not a DNS label",
    hint: "Lower-case letters, digits and hyphens, starting with a letter, 2 to 63 characters.",
  }).meta({ description });
}

export function hostname(description: string) {
  return patternText(
    "^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
    {
      code: "E110",
      message: "is not a hostname",
      hint: "Lower-case letters, digits, hyphens and dots, as in `app.example.com`.",
    },
  ).meta({ description });
}

export function count(description: string) {
  return z.int().min(0).max(1000).meta({ description });
}

export function positive(description: string, max = 1000) {
  return z.int().min(1).max(max).meta({ description });
}

export const versionKey = z
  .literal(1)
  .optional()
  .meta({ description: "Version of the spec language. Default: 1." });

/** A mapping by region code. Unknown codes become E203. */
export function byRegion<T extends z.ZodType>(value: T, description: string) {
  return z.partialRecord(z.enum(FLY_REGIONS), value).meta({ description });
}

/** A mapping by region code with `default` for every region of the fleet that isn't named. */
export function byRegionOrDefault<T extends z.ZodType>(value: T, description: string) {
  return z.partialRecord(z.enum([...FLY_REGIONS, "default"]), value).meta({ description });
}
