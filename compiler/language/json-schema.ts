import { z } from "zod";
import type { Path } from "../text/diagnostic.ts";
import { EDITOR_RULES } from "./editor-rules.ts";
import type { EditorRules, JsonNode } from "./editor-rules.ts";
import { editorSchema } from "./editor-schema.ts";
import { fleetSchema } from "../model/fleet-schema.ts";
import { serviceSchema } from "./service-schema.ts";

/** A JSON Schema node: the few keywords that zod writes and we read. */
export interface JsonSchema {
  readonly description?: string;
  readonly const?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Zod leaves out the examples of what it transforms, though ours are what a person writes: `30s`, not 30. */
const OPTIONS: z.core.ToJSONSchemaParams = {
  io: "input",
  target: "draft-7",
  override: ({ zodSchema, jsonSchema }) => {
    const examples = z.globalRegistry.get(zodSchema)?.["examples"];
    if (Array.isArray(examples)) jsonSchema.examples = examples;
  },
};

/** JSON Schema (draft 7, which YAML editors know best) of one document under `specs/`. */
export function specJsonSchema(rules: EditorRules = EDITOR_RULES): object {
  const branches = [fleetSchema, ...serviceSchema.options].map(
    (schema) => z.toJSONSchema(schema, OPTIONS) as JsonNode,
  );
  return editorSchema(branches, rules);
}

const schemas = new Map<string, JsonSchema>();

/** Where unknown keys and missing ones get their candidates and descriptions from. */
export function schemaOfKind(kind: "Fleet" | "Service"): JsonSchema {
  let schema = schemas.get(kind);
  if (schema === undefined) {
    const source = kind === "Fleet" ? fleetSchema : serviceSchema;
    schema = z.toJSONSchema(source, OPTIONS) as JsonSchema;
    schemas.set(kind, schema);
  }
  return schema;
}

/** All schema nodes that may describe what stands at `path` of `value`. */
export function schemasAt(root: JsonSchema, value: unknown, path: Path): readonly JsonSchema[] {
  const branches = branchesOf(root, value);
  const [step, ...rest] = path;
  // A union's own description comes before those of its branches.
  if (step === undefined) return branches.includes(root) ? branches : [root, ...branches];
  const child = (value as Record<string | number, unknown> | null | undefined)?.[step];
  return branches.flatMap((node) => {
    const next = childSchema(node, step);
    return next === undefined ? [] : schemasAt(next, child, rest);
  });
}

/** Keys that the mapping at `path` may have. */
export function keysAt(root: JsonSchema, value: unknown, path: Path): readonly string[] {
  const keys = schemasAt(root, value, path).flatMap((node) => [
    ...Object.keys(node.properties ?? {}),
    ...(node.propertyNames?.enum ?? []),
  ]);
  return [...new Set(keys)];
}

function childSchema(node: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === "number") return node.items;
  if (node.properties !== undefined && Object.hasOwn(node.properties, step))
    return node.properties[step];
  return typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
}

/** Of alternatives, those whose constants (`type: nats`) agree with the value. */
function branchesOf(node: JsonSchema, value: unknown): readonly JsonSchema[] {
  const alternatives = node.oneOf ?? node.anyOf;
  if (alternatives === undefined) return [node];
  const agreeing = alternatives.filter((alternative) =>
    Object.entries(alternative.properties ?? {}).every(([key, schema]) => {
      const given = (value as Record<string, unknown> | null | undefined)?.[key];
      return schema.const === undefined || given === undefined || given === schema.const;
    }),
  );
  return (agreeing.length > 0 ? agreeing : alternatives).flatMap((each) => branchesOf(each, value));
}
