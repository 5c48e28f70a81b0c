/**
 * `docs/diagnostics.md`: every code with what it is, why it is one, and an example of it that was compiled to write the
 * page. Pure; a test keeps the file fresh.
 */
import type { CompileOptions } from "../../model/compile-options.ts";
import type { CodeText } from "../../services/service-type.ts";
import type { Code, Diagnostic } from "../../text/diagnostic.ts";
import type { SpecFile } from "../../text/documents.ts";
import { changedExcerpt, diagnosticWithSource } from "./excerpt.ts";

/** The compiler whose codes the page explains, and which its examples are compiled with. */
export interface ExplainedCompiler {
  readonly codes: Readonly<Record<string, CodeText>>;
  compile(
    files: readonly SpecFile[],
    options: CompileOptions,
  ): { readonly diagnostics: readonly Diagnostic[] };
}

/** One spec with options. */
export interface ExampleSide {
  readonly files: readonly SpecFile[];
  /** The file that the example is about. */
  readonly file: SpecFile;
  readonly options: CompileOptions;
}

/** A mistake that gives `code`, and the same spec without it. */
export interface CodeExample extends ExampleSide {
  readonly code: string;
  readonly right: ExampleSide | undefined;
}

const ABOUT = `
<!-- Generated from compiler/catalog/codes, compiler/language and test/invalid by \`npm run docs\`. Edits here are lost. -->

# Diagnostics

\`npx flotilla validate\` tells every mistake of a spec at once, by file and line, each with a stable code and what to write
instead. A code keeps its meaning for ever, so scripts may rely on it: \`--json\` gives \`{"diagnostics": […]}\`.

A bad value is shown at the value, an unknown key at that key, a missing key at the mapping that lacks it, and a clash at the
later of the two. Codes that begin with \`E\` are errors: nothing is deployed. \`W\` is a warning: it works, but perhaps not as
it was meant.
`;

const GROUPS: readonly (readonly [prefix: string, title: string])[] = [
  ["E1", "Text and shape"],
  ["E2", "The Fleet"],
  ["E3", "Services"],
  ["E4", "Everything together"],
  ["W", "Warnings"],
];

/** Returns the page. A code's example is the first that has a right side, else its first. */
export function diagnosticsReference(
  compiler: ExplainedCompiler,
  examples: readonly CodeExample[],
): string {
  const parts = GROUPS.flatMap(([prefix, title]) => {
    const codes = Object.entries(compiler.codes)
      .filter(([code]) => code.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1)) as [Code, CodeText][];
    const list = codes.map(
      ([code, { title: what }]) => `- [${code}](#${code.toLowerCase()}): ${what}`,
    );
    return [
      `## ${title}`,
      list.join("\n"),
      ...codes.map(([code, text]) => formatCode(compiler, code, text, exampleFor(code, examples))),
    ];
  });
  return `${[ABOUT.trim(), ...parts].join("\n\n")}\n`;
}

/** The example that the page shows of a code. */
export function exampleFor(code: Code, examples: readonly CodeExample[]): CodeExample | undefined {
  const own = examples.filter((example) => example.code === code);
  return own.find(({ right }) => right !== undefined) ?? own[0];
}

function formatCode(
  compiler: ExplainedCompiler,
  code: Code,
  { title, why }: CodeText,
  example: CodeExample | undefined,
): string {
  const head = `### ${code}\n\n**${title}.** ${why}`;
  return example === undefined
    ? head
    : [head, formatWrong(compiler, example), formatRight(example)].join("\n\n");
}

function formatWrong(compiler: ExplainedCompiler, { code, files, options }: CodeExample): string {
  const { diagnostics } = compiler.compile(files, options);
  const found = diagnostics.find((each) => each.code === code);
  if (found === undefined) throw new Error(`the example of ${code} doesn't give ${code}`);
  return `Wrong${formatOptions(options)}:\n\n${fence("text", diagnosticWithSource(found, files))}`;
}

function formatRight({ file, options, right }: CodeExample): string {
  if (right === undefined) return "";
  const given = formatOptions(right.options);
  const isSame = file.text === right.file.text;
  if (isSame) return `Right${given === formatOptions(options) ? "" : given}.`;
  const excerpt = changedExcerpt(file.text, right.file.text);
  return `Right:\n\n${fence("yaml", `# ${right.file.path}\n${excerpt}`)}`;
}

/** The options that aren't the defaults, in words. */
function formatOptions({ stack, now, secrets, signals }: CompileOptions): string {
  const given = [
    stack === "global" ? [] : [`stack \`${stack}\``],
    secrets === undefined ? [] : [`the secrets that are set being \`${secrets.join("`, `")}\``],
    signals === undefined ? [] : [`the signals \`${JSON.stringify(signals)}\``],
    now === undefined ? [] : [`the time ${now}`],
  ].flat();
  return given.length === 0 ? "" : `, with ${given.join(" and ")}`;
}

/** A fence longer than any inside. */
function fence(language: string, text: string): string {
  const ticks = "`".repeat(
    Math.max(3, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length + 1)),
  );
  return `${ticks}${language}\n${text}\n${ticks}`;
}
