import { LineCounter, isMap } from "yaml";
import { compareText } from "./diagnostic.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { MAX_ALIASES } from "./limits.ts";
import { diagnose } from "./source.ts";
import type { Source } from "./source.ts";
import { readYaml } from "./yaml-reader.ts";
import type { TextProblem } from "./yaml-reader.ts";

export interface SpecFile {
  /** As shown in diagnostics, e.g. `specs/fleet.yaml`. */
  readonly path: string;
  readonly text: string;
}

/** One YAML mapping with its positions. */
export interface SpecDocument {
  readonly source: Source;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Files → mappings, in the order of their paths. Returns E101–E106, E109 and E116 for what isn't one mapping. */
export function parseDocuments(files: readonly SpecFile[]): {
  documents: SpecDocument[];
  diagnostics: Diagnostic[];
} {
  const documents: SpecDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files.toSorted((a, b) => compareText(a.path, b.path))) {
    const parsed = parseFile(file);
    if ("value" in parsed) documents.push(parsed);
    else diagnostics.push(...parsed.problems);
  }
  return { documents, diagnostics };
}

function parseFile(file: SpecFile): SpecDocument | { problems: Diagnostic[] } {
  const lines = countLines(file.text);
  const read = readYaml(file.text);
  if ("problems" in read)
    return { problems: read.problems.map((problem) => textDiagnostic(file.path, lines, problem)) };
  const { document } = read;
  const source: Source = { file: file.path, document, lines, entries: new WeakMap() };
  if (document.contents === null || file.text.trim() === "")
    return { problems: [emptyFile(source)] };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (isMap(document.contents)) return { source, value: value as Record<string, unknown> };
  } catch (error) {
    return { problems: [unresolvedAliases(source, error)] };
  }
  return {
    problems: [
      diagnose(source, {
        code: "E109",
        path: [],
        message: "a spec document is a mapping, not a list or a single value",
        hint: "Start it with `kind: Fleet` or `kind: Service`.",
      }),
    ],
  };
}

/** By ourselves: the library's own count misses lines behind some mistakes. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  let start = 0;
  do {
    lines.addNewLine(start);
    start = text.indexOf("\n", start) + 1;
  } while (start > 0);
  return lines;
}

function emptyFile(source: Source): Diagnostic {
  return diagnose(source, {
    code: "E105",
    path: [],
    message: "the file has no document",
    hint: "Start it with `kind: Fleet` or `kind: Service`, or remove the file.",
  });
}

function unresolvedAliases(source: Source, error: unknown): Diagnostic {
  return diagnose(source, {
    code: "E106",
    path: [],
    message: `aliases can't be resolved: ${error instanceof Error ? error.message : String(error)}`,
    hint: `Write the values out; aliases may stand for at most ${MAX_ALIASES} nodes.`,
  });
}

function textDiagnostic(
  file: string,
  lines: LineCounter,
  { offset, ...problem }: TextProblem,
): Diagnostic {
  const { line, col } = lines.linePos(offset);
  return { ...problem, severity: "error", file, line, column: col, path: "" };
}
