import { parseDocument } from "yaml";
import type { Document } from "yaml";
import type { SpecFile } from "../../compiler/compile.ts";
import { exampleOf } from "../../compiler/language/reference/example.ts";
import type { KeyRow, KeyStep } from "../../compiler/language/reference/key-rows.ts";
import { ANY_ITEM, ANY_NAME } from "../../compiler/language/reference/key-rows.ts";
import type { DocNode } from "../../compiler/language/reference/doc-node.ts";
import { branchesOf } from "../../compiler/language/reference/doc-node.ts";

/**
 * The spec with a key's example in its place: in the document `path` of the schema `root`, in lists at position `item`.
 * What has to stand around it is what the document has there, else the example of the key around it.
 */
export function spliced(
  files: readonly SpecFile[],
  path: string,
  root: DocNode,
  row: KeyRow,
  item: number,
): SpecFile[] {
  return files.map((file) => {
    if (file.path !== path) return file;
    const document = parseDocument(file.text);
    put(document, root, row, item);
    return { path, text: document.toString() };
  });
}

function put(document: Document, root: DocNode, { steps, example }: KeyRow, item: number): void {
  let nodes: readonly DocNode[] = [root];
  let path: (string | number)[] = [];
  for (const { key, where } of steps.slice(0, -1)) {
    nodes = childrenOf(nodes, key).filter(
      ({ properties = {} }) => where === undefined || properties[where.key]?.const === where.value,
    );
    const container = nodes.find(({ type }) => type === "object" || type === "array") ?? {};
    // Of a kind of item, the list holds only the one: another may be there already.
    if (where !== undefined) document.setIn(path, document.createNode([exampleOf(container)]));
    path = [...path, stepAt(document, path, key, where === undefined ? item : 0)];
    if (!isCollection(document, path)) document.setIn(path, document.createNode(around(container)));
  }
  const last = steps.at(-1)?.key ?? "";
  document.setIn([...path, stepAt(document, path, last, item)], document.createNode(example));
}

/** What a mapping or list needs; the key in question comes on top. */
function around(container: DocNode): unknown {
  const isNeedless = container.type === "object" && container.required === undefined;
  return isNeedless ? {} : exampleOf(container);
}

/** A name that the mapping has already, a position that the list has. */
function stepAt(
  document: Document,
  path: readonly unknown[],
  key: KeyStep["key"],
  item: number,
): string | number {
  const value = jsonAt(document, path);
  if (key === ANY_ITEM) return Math.min(item, Array.isArray(value) ? value.length - 1 : 0);
  return key === ANY_NAME ? (Object.keys(value ?? {})[0] ?? "iad") : key;
}

function isCollection(document: Document, path: readonly unknown[]): boolean {
  const value = jsonAt(document, path);
  return typeof value === "object" && value !== null;
}

function jsonAt(document: Document, path: readonly unknown[]): object | null | undefined {
  const node = document.getIn(path, true) as { toJS?: (of: Document) => object } | undefined;
  return node?.toJS?.(document);
}

function childrenOf(nodes: readonly DocNode[], key: KeyStep["key"]): readonly DocNode[] {
  return nodes.flatMap(branchesOf).flatMap((node) => {
    const child =
      key === ANY_ITEM
        ? node.items
        : key === ANY_NAME
          ? node.additionalProperties
          : node.properties?.[key];
    return typeof child === "object" ? branchesOf(child) : [];
  });
}
