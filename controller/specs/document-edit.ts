/**
 * Edits the file of a service so that it holds a new document, keeping comments, order and layout: the diff is as small as
 * one made by hand.
 */
import { Document, isMap, isScalar, isSeq, parseDocument, stringify } from "yaml";
import type { Node, Pair, YAMLMap } from "yaml";
import { canonicalJson } from "../../lib/canonical-json.ts";

/**
 * Returns the edited text of the file.
 *
 * @param text of the file as it is
 * @param wanted the whole new document, YAML or JSON, without syntax errors
 */
export function editDocument(text: string, wanted: string): string {
  const target: unknown = parseDocument(wanted).toJS();
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents) || !isPlainObject(target))
    return wanted;
  const splices = spliceMap(document.contents, target);
  const spliced = splices === undefined ? undefined : applySplices(text, splices);
  if (spliced !== undefined && isSameValue(parseDocument(spliced).toJS(), target)) return spliced;
  mergeMap(document, document.contents, target);
  return document.toString({ lineWidth: 0 });
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Returns changes of scalars and new keys in `{ … }`, a few characters each; undefined if the change needs more. */
function spliceMap(map: YAMLMap, wanted: Readonly<Record<string, unknown>>): Splice[] | undefined {
  const known = new Map(map.items.map((pair) => [keyOf(pair), pair]));
  if ([...known.keys()].some((key) => !(key in wanted))) return undefined;
  const splices: Splice[] = [];
  for (const [key, value] of Object.entries(wanted)) {
    const pair = known.get(key);
    if (pair === undefined) {
      const added = spliceNewKey(map, key, value);
      if (added === undefined) return undefined;
      splices.push(added);
      continue;
    }
    const changed = spliceValue(pair.value, value);
    if (changed === undefined) return undefined;
    splices.push(...changed);
  }
  return splices;
}

function spliceValue(node: unknown, wanted: unknown): Splice[] | undefined {
  if (isNode(node) && isSameValue(toValue(node), wanted)) return [];
  if (isMap(node) && isPlainObject(wanted)) return spliceMap(node, wanted);
  if (isSeq(node) && Array.isArray(wanted) && node.items.length === wanted.length) {
    const all = node.items.map((item, index) => spliceValue(item, wanted[index]));
    return all.every((each) => each !== undefined) ? all.flat() : undefined;
  }
  // A scalar's range ends before its comment. Block scalars span lines, so `mergeMap` changes them.
  const isOneLine = isScalar(node) && !String(node.type).startsWith("BLOCK");
  if (!isOneLine || !node.range || isPlainObject(wanted) || Array.isArray(wanted)) return undefined;
  return [{ from: node.range[0], to: node.range[1], text: inFlow(wanted) }];
}

/** Adds a key after the last pair of `{ … }`; undefined for a block mapping. */
function spliceNewKey(map: YAMLMap, key: string, value: unknown): Splice | undefined {
  const last = map.items.at(-1)?.value;
  if (map.flow !== true || !isNode(last) || !last.range) return undefined;
  const at = last.range[1];
  return { from: at, to: at, text: `, ${key}: ${inFlow(value)}` };
}

/** The value as YAML on one line, as inside `{ … }`. */
function inFlow(value: unknown): string {
  return stringify([value], { collectionStyle: "flow", lineWidth: 0 })
    .trim()
    .replace(/^\[\s*/, "")
    .replace(/\s*\]$/, "");
}

function applySplices(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => b.from - a.from || b.to - a.to)
    .reduce(
      (result, { from, to, text: put }) => result.slice(0, from) + put + result.slice(to),
      text,
    );
}

/** Deletes keys that are gone, changes values, and adds new keys at the end. Unchanged nodes keep their comments. */
function mergeMap(
  document: Document,
  map: YAMLMap,
  wanted: Readonly<Record<string, unknown>>,
): void {
  for (const key of map.items.map(keyOf)) if (!(key in wanted)) map.delete(key);
  for (const [key, value] of Object.entries(wanted)) {
    const node = map.get(key, true) as Node | undefined;
    if (node !== undefined && isSameValue(toValue(node), value)) continue;
    if (isMap(node) && isPlainObject(value)) mergeMap(document, node, value);
    else if (isScalar(node) && !isPlainObject(value) && !Array.isArray(value)) node.value = value;
    else map.set(key, document.createNode(value, { flow: map.flow === true }));
  }
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value);
}

function toValue(node: Node): unknown {
  return new Document(node).toJS();
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSameValue(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
