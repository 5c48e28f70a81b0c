/**
 * Finds circles among folders: each folder is a node, an import of a file in another folder an arrow, type imports
 * included. An `index.ts` is a node of its own, as it is its folder's door. Prints every circle with the imports that make
 * it and exits with 1 if there is one.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..");

/** Folder → folder → the import that ties them, as `file → file`. */
export type FolderGraph = Map<string, Map<string, string>>;

/** @param files repository path → text */
export function folderGraph(files: ReadonlyMap<string, string>): FolderGraph {
  const graph: FolderGraph = new Map();
  for (const [file, text] of files)
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (!fileName.startsWith(".")) continue;
      const target = join(dirname(file), fileName);
      const [from, to] = [nodeOf(file), nodeOf(target)];
      const arrows = graph.get(from) ?? new Map<string, string>();
      graph.set(from, arrows);
      if (from !== to && !arrows.has(to)) arrows.set(to, `${file} → ${target}`);
    }
  return graph;
}

function nodeOf(file: string): string {
  return file.endsWith("/index.ts") ? file : dirname(file);
}

/** Returns one shortest circle per folder that is in any, each circle once, as the imports along it. */
export function folderCircles(graph: FolderGraph): string[][] {
  const circles = new Map<string, string[]>();
  for (const start of graph.keys()) {
    const folders = shortestWayBack(graph, start);
    const key = folders.toSorted().join(" ");
    if (folders.length > 0 && !circles.has(key)) circles.set(key, importsAlong(graph, folders));
  }
  return [...circles.values()];
}

/** Breadth first from `start`; the folders of the circle in order, empty if there is no way back. */
function shortestWayBack(graph: FolderGraph, start: string): string[] {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways)
    for (const next of graph.get(way.at(-1) ?? "")?.keys() ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  return [];
}

function importsAlong(graph: FolderGraph, folders: readonly string[]): string[] {
  return folders.map((from, index) => {
    const to = folders[(index + 1) % folders.length] ?? "";
    return graph.get(from)?.get(to) ?? "";
  });
}

/** The product's files; tests may lean on each other's folders. */
function productFiles(): Map<string, string> {
  const exclude = ["node_modules/**", ".flotilla/**", "test/**", "image/*/node_modules/**"];
  const paths = globSync("**/*.ts", { cwd: root, exclude });
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

if (import.meta.main) {
  const circles = folderCircles(folderGraph(productFiles()));
  for (const imports of circles)
    console.error(`folders import each other in a circle:\n  ${imports.join("\n  ")}`);
  process.exitCode = circles.length === 0 ? 0 : 1;
}
