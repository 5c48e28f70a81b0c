import type { JsonSchema } from "../schema-nodes.ts";

/** What the reference documentation reads of a key's schema. */
export interface DocNode extends JsonSchema {
  readonly title?: string;
  readonly type?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, DocNode>>;
  readonly required?: readonly string[];
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly additionalProperties?: DocNode | boolean;
  readonly items?: DocNode;
  readonly anyOf?: readonly DocNode[];
  readonly oneOf?: readonly DocNode[];
}

/** The alternatives of a node, or itself. */
export function branchesOf(node: DocNode): readonly DocNode[] {
  const branches = node.oneOf ?? node.anyOf;
  return branches === undefined ? [node] : branches.flatMap(branchesOf);
}

export function isObjectNode(node: DocNode): boolean {
  return branchesOf(node).some(({ type }) => type === "object");
}
