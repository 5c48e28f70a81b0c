/** What rules of the editor's schema are made of: changes of JSON Schema nodes, by their paths. */
import { PLATFORM_SECRETS, RESERVED_NAME_PATTERN } from "../catalog/reserved-names.ts";

export interface JsonNode {
  readonly [keyword: string]: unknown;
}

export type EditorRule = (node: JsonNode) => JsonNode;

/** By path: `.routes[].index`, `.regions.*.environment`. */
export type EditorRules = Readonly<Record<string, EditorRule>>;

/** Returns a rule that adds keywords to a node. */
export function adding(keywords: JsonNode): EditorRule {
  return (node) => ({ ...node, ...keywords });
}

/** No item of a list may stand twice. */
export const unique = adding({ uniqueItems: true });

export function exactlyOne(...keys: readonly string[]): JsonNode {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}

/** A key that says something only if another has a certain value. */
export function needs(key: string, value: unknown): JsonNode {
  return { properties: { [key]: { const: value } }, required: [key] };
}

export function when(condition: JsonNode, consequence: unknown): JsonNode {
  return { if: condition, then: consequence };
}

/** Returns a rule that forbids names of a mapping that match; the mapping's own rules of names stay. */
export function noName(pattern: string): EditorRule {
  return (node) => ({
    ...node,
    propertyNames: { ...(node["propertyNames"] as JsonNode), not: { pattern } },
  });
}

/** E324: a rule of every service. */
export const needsScalable = { autoscale: needs("scalable", true) } as const;

/** E306: a server has one process per host. */
export const infraOnly = adding({ enum: ["infra"] });

/** E315, E328: names of secrets that no service may have. */
export const noPlatformSecret = adding({
  not: { anyOf: [{ pattern: RESERVED_NAME_PATTERN }, { enum: PLATFORM_SECRETS }] },
});
