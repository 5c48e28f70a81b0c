import { isDeepStrictEqual } from "node:util";
import { exampleOf } from "./example.ts";
import type { DocNode } from "./doc-node.ts";
import { branchesOf, isObjectNode } from "./doc-node.ts";
import { typeOf } from "./type-text.ts";

/** One step into a document: a key, any name of a mapping, or any item of a list; `where` names the kind of item. */
export interface KeyStep {
  /** A key, `ANY_NAME` or `ANY_ITEM`. */
  readonly key: string;
  readonly where?: { readonly key: string; readonly value: string | number | boolean };
}

export const ANY_NAME = "*";
export const ANY_ITEM = "[]";

/** One key of the spec, as a row of a table. */
export interface KeyRow {
  readonly steps: readonly KeyStep[];
  /** `regions.<region>.max_hosts`, `autoscale.metrics[cpu].target`. */
  readonly label: string;
  readonly type: string;
  readonly unit: string;
  /** The default as Markdown, or `required`. */
  readonly fallback: string;
  /** A value the key may have. */
  readonly example: unknown;
  readonly meaning: string;
}

/** Every key below a mapping, in the order of the schema, each followed by what is inside it. */
export function keyRows(node: DocNode, steps: readonly KeyStep[] = [], label = ""): KeyRow[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const own = label === "" ? key : `${label}.${key}`;
    const path = [...steps, { key }];
    const row: KeyRow = {
      steps: path,
      label: own,
      type: typeOf(child),
      unit: unitOf(child),
      ...defaultAndMeaning(child, node.required?.includes(key) ?? false),
      example: exampleOf(child),
    };
    return [row, ...inside(child, path, own)];
  });
}

function inside(node: DocNode, steps: readonly KeyStep[], label: string): KeyRow[] {
  const branches = branchesOf(node).filter(
    (branch) => isObjectNode(branch) || branch.items !== undefined,
  );
  const several = branches.length > 1;
  return branches.flatMap((branch) => {
    if (branch.items !== undefined)
      return inside(branch.items, [...steps, { key: ANY_ITEM }], `${label}[]`);
    const names = branch.propertyNames;
    const values = branch.additionalProperties;
    if (names !== undefined && typeof values === "object" && isObjectNode(values)) {
      const name = branch.byRegion === true ? "<region>" : "<name>";
      return keyRows(values, [...steps, { key: ANY_NAME }], `${label}.${name}`);
    }
    const discriminator = several ? discriminatorOf(branch) : undefined;
    if (discriminator === undefined) return keyRows(branch, steps, label);
    const at = steps.at(-1) ?? { key: ANY_ITEM };
    const chosen = [...steps.slice(0, -1), { ...at, where: discriminator }];
    return keyRows(
      branch,
      chosen,
      `${label.replace(/\[\]$/u, "")}[${String(discriminator.value)}]`,
    );
  });
}

function discriminatorOf(branch: DocNode): KeyStep["where"] | undefined {
  for (const [key, { const: value }] of Object.entries(branch.properties ?? {}))
    if (value !== undefined) return { key, value };
  return undefined;
}

/** The default that the key's schema says in words; where it doesn't, the schema's own. */
function defaultAndMeaning(
  node: DocNode,
  isRequired: boolean,
): { fallback: string; meaning: string } {
  const meaning = node.meaning ?? constantMeaning(node);
  if (isRequired) return { fallback: "required", meaning };
  if (node.defaultText !== undefined) return { fallback: node.defaultText, meaning };
  const value = node.default;
  if (isDeepStrictEqual(value, {})) return { fallback: "its keys'", meaning };
  const isPlain = value !== undefined && !isDeepStrictEqual(value, []);
  return { fallback: isPlain ? `\`${JSON.stringify(value)}\`` : "none", meaning };
}

function constantMeaning({ const: constant }: DocNode): string {
  return constant === undefined ? "" : `Always \`${String(constant)}\`.`;
}

/** The unit of a key's number or time; empty for other keys, `UNIT_MISSING` for a number without one. */
function unitOf(node: DocNode): string {
  const values = branchesOf(node).map(({ additionalProperties: inner, ...own }) =>
    typeof inner === "object" ? inner : own,
  );
  const unit = node.unit ?? values.find((value) => value.unit !== undefined)?.unit;
  const isNumber = values.some(({ type }) => type === "integer" || type === "number");
  return unit ?? (isNumber ? UNIT_MISSING : "");
}

export const UNIT_MISSING = "?";
