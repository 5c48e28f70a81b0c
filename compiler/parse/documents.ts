import { LineCounter, isMap, parseDocument } from "yaml";
import type { YAMLError } from "yaml";
import type { Code } from "./codes.ts";
import { compareText } from "./diagnostic.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { diagnose } from "./source.ts";
import type { Source } from "./source.ts";

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

/** Aliases may multiply to this many nodes; more is a mistake or an attack ("billion laughs"). */
const MAX_ALIASES = 100;

/** Files → mappings, in the order of their paths. Returns E101–E106 and E109 for what isn't one mapping. */
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
  const lines = new LineCounter();
  const document = parseDocument(file.text, {
    version: "1.2",
    lineCounter: lines,
    prettyErrors: false,
    // What is worth saying becomes a diagnostic; the library would print it.
    logLevel: "error",
  });
  const source: Source = { file: file.path, document, lines };
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) return { problems: mistakes.map((error) => yamlProblem(source, error)) };
  if (document.contents === null || file.text.trim() === "")
    return { problems: [emptyFile(source)] };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (isMap(document.contents)) return { source, value: value as Record<string, unknown> };
  } catch (error) {
    return { problems: [tooManyAliases(source, error)] };
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

function emptyFile(source: Source): Diagnostic {
  return diagnose(source, {
    code: "E105",
    path: [],
    message: "the file has no document",
    hint: "Start it with `kind: Fleet` or `kind: Service`, or remove the file.",
  });
}

function tooManyAliases(source: Source, error: unknown): Diagnostic {
  return diagnose(source, {
    code: "E106",
    path: [],
    message: `aliases can't be resolved: ${error instanceof Error ? error.message : String(error)}`,
    hint: `Write the values out; aliases may stand for at most ${MAX_ALIASES} nodes.`,
  });
}

function yamlProblem(source: Source, error: YAMLError): Diagnostic {
  const { line, col } = source.lines.linePos(error.pos[0]);
  return {
    code: yamlCode(error),
    severity: "error",
    file: source.file,
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    path: "",
    ...yamlText(error),
  };
}

function yamlCode(error: YAMLError): Code {
  if (error.code === "DUPLICATE_KEY") return "E102";
  if (error.code === "TAB_AS_INDENT") return "E103";
  return error.code === "MULTIPLE_DOCS" ? "E104" : "E101";
}

function yamlText(error: YAMLError): { message: string; hint: string } {
  switch (yamlCode(error)) {
    case "E102":
      return {
        message: "the same key stands in this mapping already",
        hint: "Keep one of the two.",
      };
    case "E103":
      return { message: "a tab can't indent YAML", hint: "Indent with spaces." };
    case "E104":
      return {
        message: "a second document starts here",
        hint: "One document per file: move it to a file of its own.",
      };
    default:
      return {
        message: `YAML: ${error.message}`,
        hint: "See https://yaml.org/spec/1.2.2/ for the syntax.",
      };
  }
}
