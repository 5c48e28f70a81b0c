import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Document, LineCounter, Node, Pair, YAMLMap } from "yaml";
import { formatPath } from "./diagnostic.ts";
import type { Code, Diagnostic, Path } from "./diagnostic.ts";

/** Which part of a map entry a diagnostic points at. */
export type Anchor = "value" | "key";

/** A parsed file that still knows where everything was written. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** Entries of a mapping by key, filled as mappings are looked into: each diagnostic walks its whole path. */
  readonly entries: WeakMap<YAMLMap, ReadonlyMap<string, Pair>>;
}

export interface DiagnosticDraft {
  readonly code: Code;
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
  /** Default: `value`. */
  readonly anchor?: Anchor;
}

/** 1-based position of what stands at `path`; if nothing does, of the nearest mapping or list around it. */
export function positionOf(
  source: Source,
  path: Path,
  anchor: Anchor = "value",
): { line: number; column: number } {
  const { line, col } = source.lines.linePos(offsetOf(source, path, anchor));
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** `file:line:column`, for a message that names another place. */
export function formatPosition(source: Source, path: Path, anchor: Anchor = "value"): string {
  const { line, column } = positionOf(source, path, anchor);
  return `${source.file}:${line}:${column}`;
}

export function diagnose(source: Source, problem: DiagnosticDraft): Diagnostic {
  return {
    code: problem.code,
    severity: problem.code.startsWith("W") ? "warning" : "error",
    file: source.file,
    ...positionOf(source, problem.path, problem.anchor),
    path: formatPath(problem.path),
    message: problem.message,
    hint: problem.hint,
  };
}

/** Whether the document has something at `path`; `key:` with nothing behind it counts. */
export function hasPath(source: Source, path: Path): boolean {
  let node: unknown = source.document.contents;
  for (const step of path) {
    const next = childOf(source, node, step);
    if (next === undefined) return false;
    node = next.value;
  }
  return true;
}

/** Keys of the mapping at `path` as they were written, known or not. */
export function writtenKeys(source: Source, path: Path): string[] {
  let node: unknown = source.document.contents;
  for (const step of path) node = childOf(source, node, step)?.value;
  const mapping = isAlias(node) ? node.resolve(source.document) : node;
  return isMap(mapping) ? mapping.items.map((item: Pair) => keyText(item.key)) : [];
}

function offsetOf(source: Source, path: Path, anchor: Anchor): number {
  let node: unknown = source.document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const next = childOf(source, node, step);
    if (next === undefined) return offset;
    const last = index === path.length - 1;
    const preferred = last && anchor === "key" ? startOf(next.key) : startOf(next.value);
    offset = preferred ?? startOf(next.key) ?? offset;
    node = next.value;
  }
  return offset;
}

function childOf(
  source: Source,
  parent: unknown,
  step: string | number,
): { key: unknown; value: unknown } | undefined {
  const node = isAlias(parent) ? parent.resolve(source.document) : parent;
  if (isSeq(node)) {
    const value = typeof step === "number" ? node.items[step] : undefined;
    return value === undefined ? undefined : { key: value, value };
  }
  if (!isMap(node)) return undefined;
  const pair = entriesOf(source, node).get(String(step));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function entriesOf({ entries }: Source, map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = entries.get(map);
  if (known !== undefined) return known;
  // Of two entries with one key the last counts, as it does in the value that YAML gives.
  const pairs = new Map(map.items.map((item: Pair) => [keyText(item.key), item] as const));
  entries.set(map, pairs);
  return pairs;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
