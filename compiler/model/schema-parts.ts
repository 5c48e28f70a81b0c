import { z } from "zod";
import {
  DURATION_OR_ZERO_PATTERN,
  DURATION_PATTERN,
  MILLISECONDS_PATTERN,
  parseDuration,
  parseMilliseconds,
} from "../text/duration.ts";
import { FLY_REGIONS } from "../catalog/fly-regions.ts";
import type { Code } from "../text/diagnostic.ts";

/** A hundred slots on each of a thousand hosts. */
export const MOST_REPLICAS = 100_000;

const HOSTNAME_PATTERN =
  "^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";

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

/** Facts of a key that are more than its type; zod carries them in `.meta()`. */
export interface KeyFacts {
  readonly description: string;
  /** What a missing key stands for, in words. */
  readonly defaultText?: string;
  /** Unit of a number. */
  readonly unit?: string;
}

/** A key's description, or more facts of it. */
type Described = string | KeyFacts;

function factsOf(described: Described): KeyFacts {
  return typeof described === "string" ? { description: described } : described;
}

/** Kinds of times that are written as text. */
export type TimeFormat = "duration" | "duration or zero" | "milliseconds";

const DURATION_UNITS = "`s`, `m`, `h`";

const DURATION_OR_ZERO_HINT = "Write a number with a unit: `0s`, `30s`, `5m` or `1h30m`.";

const MILLISECONDS_HINT = "Write a number above 0 with a unit: `250ms` or `2s`.";

const DURATION_HINT = "Write a number above 0 with a unit: `30s`, `5m` or `1h30m`.";

/** What to write instead of a bad time. */
export const TIME_HINTS: Readonly<Record<TimeFormat, string>> = {
  duration: DURATION_HINT,
  "duration or zero": DURATION_OR_ZERO_HINT,
  milliseconds: MILLISECONDS_HINT,
};

/** `30s`, `5m`, `1h30m`. Output: seconds. */
export function duration(described: Described, example = "30s") {
  return z
    .string()
    .refine((text) => (parseDuration(text) ?? 0) > 0, {
      error: "is not a duration",
      params: { code: "E111", hint: DURATION_HINT },
    })
    .transform((text) => parseDuration(text) ?? 0)
    .meta({
      pattern: DURATION_PATTERN,
      unit: DURATION_UNITS,
      timeFormat: "duration",
      ...factsOf(described),
      examples: [example],
    });
}

/** `0s` as well. Output: seconds. */
export function durationOrZero(described: Described, example = "30s") {
  return z
    .string()
    .refine((text) => parseDuration(text) !== undefined, {
      error: "is not a duration",
      params: { code: "E111", hint: DURATION_OR_ZERO_HINT },
    })
    .transform((text) => parseDuration(text) ?? 0)
    .meta({
      pattern: DURATION_OR_ZERO_PATTERN,
      unit: DURATION_UNITS,
      timeFormat: "duration or zero",
      ...factsOf(described),
      examples: [example],
    });
}

/** `250ms`, `2s`. Output: milliseconds. */
export function milliseconds(described: Described, example = "250ms") {
  return z
    .string()
    .refine((text) => (parseMilliseconds(text) ?? 0) > 0, {
      error: "is not a time a person would wait",
      params: { code: "E111", hint: MILLISECONDS_HINT },
    })
    .transform((text) => parseMilliseconds(text) ?? 0)
    .meta({
      pattern: MILLISECONDS_PATTERN,
      unit: "`ms`, `s`",
      timeFormat: "milliseconds",
      ...factsOf(described),
      examples: [example],
    });
}

/** One DNS label, as Fly wants app names. */
export function dnsLabel(described: Described) {
  return patternText("^[a-z][a-z0-9-]{0,61}[a-z0-9]$", {
    code: "E115",
    message: "is not a DNS label",
    hint: "Lower-case letters, digits and hyphens, starting with a letter, 2 to 63 characters.",
  }).meta({ ...factsOf(described), examples: ["acme"] });
}

/** A hostname; a wildcard has a code of its own (E212). */
export function servedHostname(description: string) {
  return z
    .string()
    .refine((text) => !text.includes("*"), {
      error: "is a wildcard",
      abort: true,
      params: {
        code: "E212",
        hint: "Write each name down; one name per region is `regional_hostnames`.",
      },
    })
    .pipe(hostname(description, "app.example.com"))
    .meta({ pattern: HOSTNAME_PATTERN, description, examples: ["app.example.com"] });
}

export function hostname(description: string, example = "example.com") {
  return patternText(HOSTNAME_PATTERN, {
    code: "E110",
    message: "is not a hostname",
    hint: "Lower-case letters, digits, hyphens and dots, as in `app.example.com`; no scheme, port, path or `*`.",
  }).meta({ description, examples: [example] });
}

export const secretName = patternText("^[A-Z_][A-Z0-9_]*$", {
  code: "E316",
  message: "is not a secret name",
  hint: "Upper-case letters, digits and underscores, not starting with a digit.",
});

export function count(described: Described, example = 1) {
  return z
    .int()
    .min(0)
    .max(MOST_REPLICAS)
    .meta({ ...factsOf(described), examples: [example] });
}

export function positive(described: Described, max = 1000, example = 1) {
  return z
    .int()
    .min(1)
    .max(max)
    .meta({ ...factsOf(described), examples: [example] });
}

export const versionKey = z
  .literal(1)
  .optional()
  .meta({
    description: "Version of the spec language.",
    unit: "version",
    defaultText: "1",
    examples: [1],
  });

/** One of the regions that Fly sells. Others become E203. */
export function regionCode() {
  return z.enum(FLY_REGIONS).meta({ regionCode: true });
}

/** A mapping by region code. Unknown codes become E203. */
export function byRegion<T extends z.ZodType>(value: T, description: string) {
  return z.partialRecord(z.enum(FLY_REGIONS), value).meta({ description, byRegion: true });
}

/** A mapping by region code with `default` for every region of the fleet that isn't named. */
export function byRegionOrDefault<T extends z.ZodType>(value: T, description: string) {
  return z
    .partialRecord(z.enum([...FLY_REGIONS, "default"]), value)
    .meta({ description, byRegion: true });
}
