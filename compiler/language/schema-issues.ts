import type { z } from "zod";
import { formatPath } from "../text/diagnostic.ts";
import type { Diagnostic, Path } from "../text/diagnostic.ts";
import type { FamiliarKeys } from "./familiar-keys.ts";
import { expectedName, quoteAt, typeName, valueAt } from "./value-text.ts";
import { TIME_HINTS } from "../model/schema-parts.ts";
import type { RuleParams } from "../model/schema-parts.ts";
import { describePlace } from "./key-places.ts";
import type { KeyPlaces } from "./key-places.ts";
import { keysAt, schemasAt } from "./schema-nodes.ts";
import type { JsonSchema } from "./schema-nodes.ts";
import { diagnose, hasPath, writtenKeys } from "../text/source.ts";
import type { Source } from "../text/source.ts";
import { suggest, suggestion } from "../text/suggest.ts";

type Issue = z.core.$ZodIssue;

/** The document that the issues are about, and what is known of its kind. */
export interface IssueContext {
  readonly source: Source;
  readonly schema: JsonSchema;
  readonly value: unknown;
  /** Computed for an unknown key only, as `places` is. */
  readonly familiar: () => FamiliarKeys;
  readonly places: () => KeyPlaces;
}

/** Turns zod's issues into diagnostics with positions. */
export function schemaDiagnostics(context: IssueContext, issues: readonly Issue[]): Diagnostic[] {
  return issues.flatMap((issue) => fromIssue(context, issue, issue.path as Path));
}

/** Returns the paths to leave out so that the rest of the document can be checked. */
export function offendingPaths(issues: readonly Issue[]): Path[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => [...(issue.path as Path), key])
      : [issue.path as Path],
  );
}

function fromIssue(context: IssueContext, issue: Issue, path: Path): Diagnostic[] {
  const { source } = context;
  if (issue.code === "unrecognized_keys") return unknownKeys(context, path, issue.keys);
  if (issue.code === "invalid_key") return [badKey(context, issue, path)];
  if (!hasPath(source, path)) return isMisspelt(context, path) ? [] : [missingKey(context, path)];
  if (issue.code === "invalid_union") return fromUnion(context, issue, path);
  return [badValue(context, issue, path)];
}

/** A mapping with more unknown keys isn't a mapping with misspellings. */
const MOST_KEYS = 50;

function unknownKeys(context: IssueContext, path: Path, keys: readonly string[]): Diagnostic[] {
  const candidates = keysAt(context.schema, context.value, path);
  return keys.slice(0, MOST_KEYS).map((key) => unknownKey(context, path, key, candidates));
}

function unknownKey(
  context: IssueContext,
  path: Path,
  key: string,
  candidates: readonly string[],
): Diagnostic {
  const isRegion = nodesAt(context, path).some(({ byRegion }) => byRegion === true);
  return diagnose(context.source, {
    code: isRegion ? "E203" : "E107",
    path: [...path, key],
    anchor: "key",
    message: isRegion ? `\`${key}\` is not a region that Fly sells` : `unknown key \`${key}\``,
    hint: isRegion ? suggestion(key, candidates) : unknownKeyHint(context, key, candidates),
  });
}

/** Returns the key of this mapping that another word most likely stands for. */
function meantKey(
  { familiar }: IssueContext,
  written: string,
  known: readonly string[],
): string | undefined {
  const found = familiar().get(written);
  if (found === undefined) return suggest(written, known);
  return found.key !== undefined && known.includes(found.key) ? found.key : undefined;
}

/** Hints at a word of another tool, a misspelling or a key of another mapping; else lists the keys that are possible. */
function unknownKeyHint(context: IssueContext, key: string, candidates: readonly string[]): string {
  const familiar = context.familiar().get(key);
  if (familiar !== undefined) {
    const { key: meant, hint, isExplained } = familiar;
    // The key is known by another name, but stands in another mapping.
    if (meant !== undefined && !isExplained && !candidates.includes(meant))
      return belongsHint(context, meant, candidates);
    return hint;
  }
  const near = suggest(key, candidates);
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return belongsHint(context, key, candidates);
}

function belongsHint({ places }: IssueContext, key: string, candidates: readonly string[]): string {
  const place = describePlace(places(), key);
  return place === undefined ? suggestion(key, candidates) : `\`${key}\` belongs ${place}.`;
}

function badKey(
  context: IssueContext,
  issue: z.core.$ZodIssueInvalidElement | z.core.$ZodIssueInvalidKey,
  path: Path,
): Diagnostic {
  const rule = ruleOf(issue.issues[0]);
  return diagnose(context.source, {
    code: rule?.code ?? "E110",
    path,
    anchor: "key",
    message: `\`${String(path.at(-1))}\` ${issue.issues[0]?.message ?? "can't be a key here"}`,
    hint: rule?.hint ?? "",
  });
}

/** Whether an unknown key, which has a diagnostic, most likely stands for this missing one. */
function isMisspelt(context: IssueContext, path: Path): boolean {
  const { source, schema, value } = context;
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const known = keysAt(schema, value, parent);
  return writtenKeys(source, parent).some(
    (written) => !known.includes(written) && meantKey(context, written, known) === key,
  );
}

function missingKey(context: IssueContext, path: Path): Diagnostic {
  const key = String(path.at(-1));
  return diagnose(context.source, {
    code: "E108",
    path: path.slice(0, -1),
    message: `\`${key}\` is missing`,
    hint: descriptionAt(context, path),
  });
}

/** Reports the branch of a union that matched deepest, which is most likely the one that was meant. */
function fromUnion(
  context: IssueContext,
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
): Diagnostic[] {
  if (issue.discriminator !== undefined) return [unknownType(context, issue, path)];
  const depth = (branch: readonly Issue[]): number =>
    Math.max(0, ...branch.map((each) => each.path.length));
  const best = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0];
  if (best !== undefined && depth(best) > 0)
    return best.flatMap((each) => fromIssue(context, each, [...path, ...(each.path as Path)]));
  return [
    diagnose(context.source, {
      code: "E110",
      path,
      message: `${quoteAt(context.value, path)} can't stand here`,
      hint: descriptionAt(context, path),
    }),
  ];
}

function unknownType(
  context: IssueContext,
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
): Diagnostic {
  const options =
    "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const isService = path.length === 1;
  return diagnose(context.source, {
    code: isService ? "E113" : "E110",
    path,
    message: `unknown ${isService ? "service " : ""}type ${quoteAt(context.value, path)}`,
    hint: suggestion(String(valueAt(context.value, path)), options),
  });
}

function badValue(context: IssueContext, issue: Issue, path: Path): Diagnostic {
  const name = path.length === 0 ? "the document" : `\`${String(path.at(-1))}\``;
  const given = quoteAt(context.value, path);
  const rule = ruleOf(issue);
  if (rule !== undefined)
    return diagnose(context.source, {
      code: rule.code,
      path,
      message: `${given} ${issue.message}`,
      hint: rule.hint,
    });
  switch (issue.code) {
    case "invalid_type":
      return wrongType(context, issue, path);
    case "invalid_value": {
      const values = issue.values.map(String);
      const isRegion = nodesAt(context, path).some(({ regionCode }) => regionCode === true);
      return diagnose(context.source, {
        code: isRegion ? "E203" : "E110",
        path,
        message: isRegion ? `${given} is not a region that Fly sells` : `${name} can't be ${given}`,
        hint: suggestion(String(valueAt(context.value, path)), values),
      });
    }
    case "too_small":
      return outOfRange(
        context,
        path,
        `${name} must ${sizeVerb(issue.origin)} at least ${issue.minimum}${issue.inclusive === false ? " and more" : ""}${sizeUnit(issue.origin)}`,
      );
    case "too_big":
      return outOfRange(
        context,
        path,
        `${name} must ${sizeVerb(issue.origin)} at most ${issue.maximum}${sizeUnit(issue.origin)}`,
      );
    default:
      return diagnose(context.source, {
        code: "E110",
        path,
        message: `${name} can't be ${given}`,
        hint: issue.message,
      });
  }
}

function wrongType(
  context: IssueContext,
  issue: z.core.$ZodIssueInvalidType,
  path: Path,
): Diagnostic {
  const { source, value } = context;
  const name = path.length === 0 ? "the document" : `\`${String(path.at(-1))}\``;
  const nodes = nodesAt(context, path);
  const rule = nodes.find((node) => node.wrongType !== undefined)?.wrongType;
  if (rule !== undefined)
    return diagnose(source, {
      code: rule.code,
      path,
      message: `${name} must be ${rule.expected}, not ${typeName(valueAt(value, path))}`,
      hint: rule.hint,
    });
  const format = nodes.find(({ timeFormat }) => timeFormat !== undefined)?.timeFormat;
  if (format !== undefined)
    return diagnose(source, {
      code: "E111",
      path,
      message: `${quoteAt(value, path)} is not a duration`,
      hint: TIME_HINTS[format],
    });
  return diagnose(source, {
    code: "E109",
    path,
    message: `${name} must be ${expectedName(issue.expected)}, not ${typeName(valueAt(value, path))}`,
    hint: typeHint(context, issue.expected, path),
  });
}

function typeHint(context: IssueContext, expected: string, path: Path): string {
  const given = valueAt(context.value, path);
  if (expected === "string" && (typeof given === "number" || typeof given === "boolean"))
    return `Put it in quotes: "${String(given)}".`;
  if (
    /^(number|int)$/.test(expected) &&
    typeof given === "string" &&
    given.trim() !== "" &&
    Number.isFinite(Number(given))
  )
    return `Without quotes: ${given}.`;
  return descriptionAt(context, path);
}

function outOfRange(context: IssueContext, path: Path, message: string): Diagnostic {
  return diagnose(context.source, {
    code: "E110",
    path,
    message,
    hint: descriptionAt(context, path),
  });
}

function nodesAt({ schema, value }: IssueContext, path: Path): readonly JsonSchema[] {
  return schemasAt(schema, value, path);
}

/** Returns the description of a key in the schema. */
function descriptionAt(context: IssueContext, path: Path): string {
  const described = nodesAt(context, path).find((node) => node.description);
  return described?.description ?? `Change \`${formatPath(path)}\`.`;
}

function sizeVerb(origin: string): string {
  return origin === "array" || origin === "string" ? "have" : "be";
}

function sizeUnit(origin: string): string {
  if (origin === "array") return " in it";
  return origin === "string" ? " characters" : "";
}

function ruleOf(issue: Issue | undefined): RuleParams | undefined {
  if (issue?.code !== "custom") return undefined;
  return issue.params as unknown as RuleParams | undefined;
}
