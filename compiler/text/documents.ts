import { LineCounter, isMap } from "yaml";
import { messageOf } from "../../lib/message-of.ts";
import { compareText } from "./diagnostic.ts";
import type { Diagnostic, TextProblem } from "./diagnostic.ts";
import { MAX_ALIASES } from "./limits.ts";
import type { FileWording } from "./limits.ts";
import { diagnose } from "./source.ts";
import type { Source } from "./source.ts";
import { readYaml } from "./yaml-reader.ts";

export interface SpecFile {
  /** As shown in diagnostics, e.g. `specs/web.yaml`. */
  readonly path: string;
  readonly text: string;
}

/** One YAML mapping with its positions. */
export interface SpecDocument {
  readonly source: Source;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Files → mappings, in the order of their paths. A file that isn't one mapping gives E101–E106, E109 or E116. */
export function parseDocuments(
  files: readonly SpecFile[],
  wording: FileWording,
): {
  documents: SpecDocument[];
  diagnostics: Diagnostic[];
} {
  const documents: SpecDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files.toSorted((a, b) => compareText(a.path, b.path))) {
    const parsed = parseFile(file, wording);
    if ("value" in parsed) documents.push(parsed);
    else diagnostics.push(...parsed.problems);
  }
  return { documents, diagnostics };
}

function parseFile(
  file: SpecFile,
  wording: FileWording,
): SpecDocument | { problems: Diagnostic[] } {
  const lines = countLines(file.text);
  const read = readYaml(file.text, wording);
  if ("problems" in read)
    return { problems: read.problems.map((problem) => textDiagnostic(file.path, lines, problem)) };
  const { document } = read;
  const source: Source = { file: file.path, document, lines, entries: new WeakMap() };
  if (document.contents === null || file.text.trim() === "")
    return { problems: [emptyFile(source, wording)] };
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
        message: `${wording.document} is a mapping, not a list or a single value`,
        hint: `${wording.start}.`,
      }),
    ],
  };
}

/** Counts lines without the library, whose own count misses lines behind some mistakes. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  let start = 0;
  do {
    lines.addNewLine(start);
    start = text.indexOf("\n", start) + 1;
  } while (start > 0);
  return lines;
}

function emptyFile(source: Source, { start }: FileWording): Diagnostic {
  return diagnose(source, {
    code: "E105",
    path: [],
    message: "the file has no document",
    hint: `${start}, or remove the file.`,
  });
}

function unresolvedAliases(source: Source, error: unknown): Diagnostic {
  return diagnose(source, {
    code: "E106",
    path: [],
    message: `aliases can't be resolved: ${messageOf(error)}`,
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
