import { isDeepStrictEqual } from "node:util";

/**
 * JSON Schema draft 7, the keywords that `specs/schema.json` uses and no others: one it doesn't know is a mistake,
 * so that no rule is passed over in silence. Shares nothing with zod, which writes that file.
 */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Every place that breaks a rule: `/regions/iad required replicas`. */
export function schemaProblems(root: JsonSchema, value: unknown): string[] {
  return problems(root, value, "", root);
}

type Check = (rule: unknown, value: unknown, at: Place) => string[];

interface Place {
  readonly path: string;
  readonly schema: { readonly [keyword: string]: unknown };
  readonly root: JsonSchema;
}

function problems(schema: JsonSchema, value: unknown, path: string, root: JsonSchema): string[] {
  if (typeof schema === "boolean") return schema ? [] : [`${path} not allowed`];
  const place = { path, schema, root };
  // Draft 7: whatever stands beside a reference counts for nothing.
  const rules = "$ref" in schema ? [["$ref", schema["$ref"]] as const] : Object.entries(schema);
  return rules.flatMap(([keyword, rule]) => {
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`${path}: keyword ${keyword} is not implemented`);
    return check(rule, value, place);
  });
}

const annotation: Check = () => [];

const ANNOTATIONS = [
  "$schema",
  "default",
  "definitions",
  "description",
  "else",
  "examples",
  "markdownDescription",
  "markdownEnumDescriptions",
  "then",
  "title",
];

const CHECKS: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(ANNOTATIONS.map((keyword) => [keyword, annotation])),
  type: fails((rule, value) => [rule].flat().some((type) => hasType(value, type))),
  const: fails((rule, value) => isDeepStrictEqual(rule, value)),
  enum: fails((rule, value) => (rule as unknown[]).some((each) => isDeepStrictEqual(each, value))),
  pattern: ofText((rule, text) => new RegExp(String(rule), "u").test(text)),
  minLength: ofText((rule, text) => Array.from(text).length >= Number(rule)),
  maxLength: ofText((rule, text) => Array.from(text).length <= Number(rule)),
  minimum: ofNumber((rule, number) => number >= rule),
  maximum: ofNumber((rule, number) => number <= rule),
  exclusiveMinimum: ofNumber((rule, number) => number > rule),
  exclusiveMaximum: ofNumber((rule, number) => number < rule),
  multipleOf: ofNumber((rule, number) => Number.isInteger(number / rule)),
  uniqueItems: fails(
    (rule, value) =>
      !Array.isArray(value) ||
      rule !== true ||
      value.every((each, index) =>
        value.slice(0, index).every((earlier) => !isDeepStrictEqual(earlier, each)),
      ),
  ),
  dependencies: (rule, value, { path, root }) =>
    Object.entries(rule as Record<string, JsonSchema | string[]>).flatMap(([key, needed]) => {
      if (!isObject(value) || !Object.hasOwn(value, key)) return [];
      return problems(Array.isArray(needed) ? { required: needed } : needed, value, path, root);
    }),
  minItems: fails((rule, value) => !Array.isArray(value) || value.length >= Number(rule)),
  maxItems: fails((rule, value) => !Array.isArray(value) || value.length <= Number(rule)),
  minProperties: fails((rule, value) => keysOf(value).length >= Number(rule) || !isObject(value)),
  items: (rule, value, { path, root }) =>
    (Array.isArray(value) ? value : []).flatMap((item: unknown, index) =>
      problems(rule as JsonSchema, item, `${path}/${index}`, root),
    ),
  required: (rule, value, { path }) =>
    (rule as string[])
      .filter((key) => isObject(value) && !Object.hasOwn(value, key))
      .map((key) => `${path} required ${key}`),
  properties: (rule, value, { path, root }) =>
    Object.entries(rule as Record<string, JsonSchema>).flatMap(([key, schema]) =>
      isObject(value) && Object.hasOwn(value, key)
        ? problems(schema, value[key], `${path}/${key}`, root)
        : [],
    ),
  additionalProperties: (rule, value, { path, root, schema }) =>
    keysOf(value)
      .filter((key) => !Object.hasOwn(schema["properties"] ?? {}, key))
      .flatMap((key) =>
        problems(
          rule as JsonSchema,
          (value as Record<string, unknown>)[key],
          `${path}/${key}`,
          root,
        ),
      ),
  propertyNames: (rule, value, { path, root }) =>
    keysOf(value).flatMap((key) => problems(rule as JsonSchema, key, `${path}/${key}`, root)),
  allOf: (rule, value, { path, root }) =>
    (rule as JsonSchema[]).flatMap((each) => problems(each, value, path, root)),
  anyOf: (rule, value, place) => matching(rule, value, place, (count) => count > 0),
  oneOf: (rule, value, place) => matching(rule, value, place, (count) => count === 1),
  not: (rule, value, { path, root }) =>
    problems(rule as JsonSchema, value, path, root).length > 0 ? [] : [`${path} not`],
  if: (rule, value, { path, schema, root }) => {
    const holds = problems(rule as JsonSchema, value, path, root).length === 0;
    return problems((schema[holds ? "then" : "else"] ?? true) as JsonSchema, value, path, root);
  },
  $ref: (rule, value, { path, root }) => {
    const name = String(rule).replace("#/definitions/", "");
    const definitions = (root as { definitions: Record<string, JsonSchema> }).definitions;
    const target = definitions[name];
    if (target === undefined) throw new Error(`${path}: nothing at ${String(rule)}`);
    return problems(target, value, path, root);
  },
};

function fails(holds: (rule: unknown, value: unknown) => boolean): Check {
  return (rule, value, { path }) =>
    holds(rule, value) ? [] : [`${path} is not ${JSON.stringify(rule)}`];
}

function ofText(holds: (rule: unknown, text: string) => boolean): Check {
  return fails((rule, value) => typeof value !== "string" || holds(rule, value));
}

function ofNumber(holds: (rule: number, number: number) => boolean): Check {
  return fails((rule, value) => typeof value !== "number" || holds(Number(rule), value));
}

function matching(
  rule: unknown,
  value: unknown,
  { path, root }: Place,
  isEnough: (count: number) => boolean,
): string[] {
  const found = (rule as JsonSchema[]).map((each) => problems(each, value, path, root));
  const count = found.filter((each) => each.length === 0).length;
  return isEnough(count) ? [] : [`${path} matches ${count} of ${found.length}`];
}

function hasType(value: unknown, type: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}
