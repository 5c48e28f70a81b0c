/** What the documents read of the JSON Schema that zod writes. */
export interface DocNode {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, DocNode>>;
  readonly required?: readonly string[];
  readonly propertyNames?: DocNode;
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
