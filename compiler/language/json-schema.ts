import { z } from "zod";
import { fleetSchema } from "../model/fleet-schema.ts";
import type { EditorRules, JsonNode } from "../model/editor-rules.ts";
import type { ServiceSource } from "../model/service-schema.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import { documentRules } from "./editor-rules.ts";
import { editorSchema } from "./editor-schema.ts";
import type { JsonSchema } from "./schema-nodes.ts";

export type DocumentKind = "Fleet" | "Service";

/** Zod leaves out the examples of what it transforms, though ours are what a person writes: `30s`, not 30. */
const OPTIONS: z.core.ToJSONSchemaParams = {
  io: "input",
  target: "draft-7",
  override: ({ zodSchema, jsonSchema }) => {
    const examples = z.globalRegistry.get(zodSchema)?.["examples"];
    if (Array.isArray(examples)) jsonSchema.examples = examples;
  },
};

/** The schema of `kind: Service`, of any of the types. */
export function serviceSchema(types: ServiceTypes): z.ZodType<ServiceSource> {
  const [first, ...others] = Object.values(types).map(({ schema }) => schema);
  if (first === undefined) throw new Error("there is no service type");
  return z.discriminatedUnion("type", [first, ...others]) as unknown as z.ZodType<ServiceSource>;
}

/** JSON Schema (draft 7, which YAML editors know best) of one document under `specs/`. */
export function specJsonSchema(
  types: ServiceTypes,
  rules: EditorRules = documentRules(types),
): object {
  const schemas = [fleetSchema, ...Object.values(types).map(({ schema }) => schema)];
  const branches = schemas.map((schema) => withoutFacts(jsonSchemaOf(schema)));
  return editorSchema(branches, rules);
}

/** JSON Schema of one kind of document: candidates and descriptions of its keys come from here. */
export function kindJsonSchema(types: ServiceTypes, kind: DocumentKind): JsonSchema {
  const schema = kind === "Fleet" ? fleetSchema : serviceSchema(types);
  return jsonSchemaOf(schema);
}

/** Zod's JSON Schema with the facts of `.meta()`; a description ends with the default that its key says. */
function jsonSchemaOf(schema: z.ZodType): JsonNode {
  return mapNodes(z.toJSONSchema(schema, OPTIONS) as JsonNode, (node) => {
    const { description, defaultText } = node;
    if (typeof description !== "string") return node;
    const whole =
      typeof defaultText === "string" ? `${description} Default: ${defaultText}.` : description;
    return { ...node, description: whole, meaning: description };
  });
}

/** Facts that are no keywords of JSON Schema. */
const FACTS: ReadonlySet<string> = new Set([
  "meaning",
  "defaultText",
  "unit",
  "timeFormat",
  "byRegion",
  "regionCode",
  "familiar",
  "wrongType",
]);

function withoutFacts(schema: JsonNode): JsonNode {
  return mapNodes(schema, (node) =>
    Object.fromEntries(Object.entries(node).filter(([keyword]) => !FACTS.has(keyword))),
  );
}

/** Maps every node that describes a value, the outermost last. */
function mapNodes(node: JsonNode, change: (node: JsonNode) => JsonNode): JsonNode {
  const deep = (value: unknown): unknown =>
    typeof value === "object" && value !== null ? mapNodes(value as JsonNode, change) : value;
  const inner = Object.entries(node).map(([keyword, value]): [string, unknown] => {
    if (keyword === "properties")
      return [
        keyword,
        Object.fromEntries(
          Object.entries(value as JsonNode).map(([key, child]) => [key, deep(child)]),
        ),
      ];
    if (keyword === "anyOf" || keyword === "oneOf")
      return [keyword, (value as readonly unknown[]).map(deep)];
    const isNode = ["items", "additionalProperties", "propertyNames"].includes(keyword);
    return [keyword, isNode ? deep(value) : value];
  });
  return change(Object.fromEntries(inner));
}
