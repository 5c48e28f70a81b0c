import type { Path } from "../text/diagnostic.ts";

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
