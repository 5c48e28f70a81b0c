import type { TimeFormat } from "../model/schema-parts.ts";
import type { Code, Path } from "../text/diagnostic.ts";

/** A JSON Schema node: the keywords of zod that the compiler reads, and the facts that keys carry in `.meta()`. */
export interface JsonSchema {
  /** With its `Default: ….` at the end. */
  readonly description?: string;
  /** The same without the default. */
  readonly meaning?: string;
  readonly defaultText?: string;
  readonly unit?: string;
  readonly timeFormat?: TimeFormat;
  readonly byRegion?: true;
  readonly regionCode?: true;
  /** Words of other tools for the key: `true`, or a hint that says more than the key's name. */
  readonly familiar?: Readonly<Record<string, string | true>>;
  /** The diagnostic for a value of another type. */
  readonly wrongType?: { readonly code: Code; readonly expected: string; readonly hint: string };
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

/** Calls back for every key of every mapping in the schema. */
export function walkKeys(node: JsonSchema, visit: (key: string, child: JsonSchema) => void): void {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    visit(key, child);
    walkKeys(child, visit);
  }
  const others = [
    node.items,
    node.additionalProperties,
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
  ];
  for (const other of others) if (typeof other === "object") walkKeys(other, visit);
}
