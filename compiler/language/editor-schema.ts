/**
 * Turns the JSON Schema that zod writes into one that editors complete from. The verdict stays the same; the shape
 * follows how YAML's language server finds its proposals:
 *
 * - Of `anyOf` and `oneOf` it offers the keys of every branch until all constants are typed, and of a constant only the
 *   nearest branch's. `if` and `then` on the key that tells the branches apart offer that key first, with all its values.
 * - It offers no names from `propertyNames`. `properties` with one reference per name do.
 * - It shows `description` as plain text. `markdownDescription` keeps the code spans.
 */
import { when } from "../model/editor-rules.ts";
import type { EditorRules, JsonNode } from "../model/editor-rules.ts";

type Nodes = Readonly<Record<string, JsonNode>>;

/** Keys whose constant tells the branches of a union apart, the first that does. */
const TELLING = ["kind", "type", "mode"] as const;

interface Work {
  readonly rules: EditorRules;
  /** Filled on the way. */
  readonly definitions: Record<string, JsonNode>;
}

/** A schema for one document that is one of `branches`; their definitions stand once, under the result's own. */
export function editorSchema(branches: readonly JsonNode[], rules: EditorRules): JsonNode {
  const definitions: Record<string, JsonNode> = {};
  const rewritten = branches.map((branch) =>
    rewrite(branch, titleOf(branch), { rules, definitions }),
  );
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Spec document",
    ...tellApart(rewritten),
    definitions,
  };
}

function rewrite(plain: JsonNode, path: string, work: Work): JsonNode {
  const node = work.rules[path]?.(plain) ?? plain;
  const { $schema: _, propertyNames, properties, ...rest } = node;
  const inner = Object.fromEntries(
    Object.entries(rest).map(([keyword, value]) => [
      keyword,
      rewriteKeyword(keyword, value, path, work),
    ]),
  );
  const keys = Object.entries((properties ?? {}) as Nodes).map(
    ([key, child]) => [key, rewrite(child, `${path}.${key}`, work)] as const,
  );
  const markdown =
    typeof node["description"] === "string" && node["description"].includes("`")
      ? { markdownDescription: node["description"] }
      : {};
  const whole = {
    ...inner,
    ...markdown,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(keys) }),
    ...(propertyNames === undefined ? {} : { propertyNames }),
  };
  return namesAsProperties(unionApart(whole), path, work);
}

/** What is inside; all else, such as the conditions of rules, is taken as it is. */
function rewriteKeyword(keyword: string, value: unknown, path: string, work: Work): unknown {
  if (Array.isArray(value) && (keyword === "anyOf" || keyword === "oneOf"))
    return (value as JsonNode[]).map((each, index) => rewrite(each, `${path}|${index}`, work));
  if (keyword === "items" && isNode(value)) return rewrite(value, `${path}[]`, work);
  if (keyword === "additionalProperties" && isNode(value)) return rewrite(value, `${path}.*`, work);
  return value;
}

/** `oneOf` of objects that differ in a constant → `if`/`then`; any other union stays. */
function unionApart(node: JsonNode): JsonNode {
  const { oneOf, ...rest } = node;
  if (!Array.isArray(oneOf) || tellingKey(oneOf as JsonNode[]) === undefined) return node;
  return { ...rest, ...tellApart(oneOf as JsonNode[]) };
}

function tellApart(branches: readonly JsonNode[]): JsonNode {
  const key = tellingKey(branches);
  if (key === undefined) return { oneOf: branches };
  const groups = Map.groupBy(branches, (branch) => constantOf(branch, key));
  const values = [...groups.keys()];
  // A value of one branch is described by it; where several share it, they are told apart by the next key.
  const described = [...groups.values()].map((group) =>
    group.length === 1 ? (group[0]?.["description"] ?? "") : `${group.map(titleOf).join(", ")}.`,
  );
  return {
    type: "object",
    properties: {
      [key]: {
        description: firstDescription(branches, key) ?? `One of ${values.join(", ")}.`,
        enum: values,
        markdownEnumDescriptions: described,
      },
    },
    required: [key],
    allOf: [...groups].map(([value, group]) =>
      when(
        { properties: { [key]: { const: value } }, required: [key] },
        group.length === 1 ? group[0] : tellApart(group),
      ),
    ),
  };
}

/** The first key that is a constant in every branch, and not the same in all of them. */
function tellingKey(branches: readonly JsonNode[]): string | undefined {
  return TELLING.find((key) => {
    const constants = branches.map((branch) => constantOf(branch, key));
    const known = constants.filter((each) => each !== undefined);
    return known.length === branches.length && new Set(known).size > 1;
  });
}

function constantOf(branch: JsonNode, key: string): unknown {
  return (branch["properties"] as Nodes | undefined)?.[key]?.["const"];
}

function firstDescription(branches: readonly JsonNode[], key: string): unknown {
  return branches
    .map((branch) => (branch["properties"] as Nodes | undefined)?.[key]?.["description"])
    .find((each) => each !== undefined);
}

/** A mapping with a known set of names → one property each, all of one definition. */
function namesAsProperties(node: JsonNode, path: string, { definitions }: Work): JsonNode {
  const { propertyNames, additionalProperties, ...rest } = node;
  const names = isNode(propertyNames) ? propertyNames["enum"] : undefined;
  if (!Array.isArray(names) || !isNode(additionalProperties)) return node;
  definitions[path] = additionalProperties;
  const properties = Object.fromEntries(
    (names as string[]).map((each) => [each, { $ref: `#/definitions/${path}` }]),
  );
  return { ...rest, properties, additionalProperties: false };
}

/** `Service: NATS` → `NATS`. */
export function titleOf(node: JsonNode): string {
  return typeof node["title"] === "string" ? node["title"].replace(/^.*: /u, "") : "document";
}

function isNode(value: unknown): value is JsonNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
