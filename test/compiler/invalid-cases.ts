import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { CompileOptions, SpecFile } from "../../compiler/compile.ts";
import { readSpecs } from "../../fixtures/sample-specs.ts";
import { root } from "../../fixtures/project-root.ts";

/** One entry of `test/invalid/`, whose README says what its comments mean. */
export interface InvalidCase {
  readonly name: string;
  readonly code: string;
  /** The whole spec, the mistake in it. */
  readonly files: readonly SpecFile[];
  /** The file with the comments: most often the one with the mistake. */
  readonly file: SpecFile;
  /** `CODE file:line:column`. */
  readonly expected: readonly string[];
  readonly options: CompileOptions;
  /** The same, put right. */
  readonly right: Pick<InvalidCase, "files" | "file" | "options"> | undefined;
}

const folder = join(root, "test/invalid");
const COMMENT = /^# (expect|file|right|(?:right )?(?:stack|now|secrets|signals)): (.*)$/gm;

export const base: readonly SpecFile[] = readSpecs(join(folder, "base"));

export function readInvalidCases(): readonly InvalidCase[] {
  return readdirSync(folder)
    .filter((name) => name !== "base" && name !== "README.md")
    .sort()
    .map(readCase);
}

function readCase(name: string): InvalidCase {
  const own = name.endsWith(".yaml")
    ? readSpecs(folder).filter((file) => file.path === name)
    : readSpecs(join(folder, name));
  const headed = own.find(({ text }) => withoutMark(text).startsWith("# expect:"));
  if (headed === undefined) throw new Error(`${name} expects nothing`);
  const comments = [...withoutMark(headed.text).matchAll(COMMENT)];
  const all = (key: string): string[] =>
    comments.filter((each) => each[1] === key).map((each) => (each[2] ?? "").trimEnd());
  const [path] = all("file");
  if (path === undefined) throw new Error(`${name} doesn't say for which file it stands`);
  const file = { path, text: headed.text };
  const others = own.filter((each) => each !== headed);
  const options = optionsOf(all, "");
  const lines = all("right");
  const corrected = {
    path,
    text: lines.length === 0 ? file.text : correct(file.text, lines),
  };
  const rightOptions = { ...options, ...optionsOf(all, "right ") };
  const isPutRight = comments.some((each) => each[1]?.startsWith("right"));
  return {
    name,
    code: name.slice(0, 4),
    file,
    files: overBase([...others, file]),
    expected: all("expect"),
    options: { stack: "global", ...options },
    right: isPutRight
      ? {
          file: corrected,
          files: overBase([...others, corrected]),
          options: { stack: "global", ...rightOptions },
        }
      : undefined,
  };
}

/** Some editors begin a file with a byte order mark. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/u, "");
}

function overBase(files: readonly SpecFile[]): SpecFile[] {
  const all = new Map(base.map((file) => [file.path, file]));
  for (const file of files) all.set(file.path, file);
  return [...all.values()];
}

function optionsOf(all: (key: string) => string[], prefix: string): Partial<CompileOptions> {
  const [stack] = all(`${prefix}stack`);
  const [now] = all(`${prefix}now`);
  const [secrets] = all(`${prefix}secrets`);
  const [signals] = all(`${prefix}signals`);
  return {
    ...(stack === undefined ? {} : { stack }),
    ...(now === undefined ? {} : { now }),
    ...(secrets === undefined ? {} : { secrets: secrets.split(",") }),
    ...(signals === undefined ? {} : { signals: JSON.parse(signals) as unknown }),
  };
}

/** `18 text` → line 18 is that; `18` → line 18 isn't there. */
function correct(text: string, corrections: readonly string[]): string {
  const instead = new Map<number, string[]>();
  for (const each of corrections) {
    const [, number, line] = /^(\d+)(?: (.*))?$/.exec(each) ?? [];
    if (number === undefined) throw new Error(`\`# right: ${each}\` names no line`);
    const lines = instead.get(Number(number)) ?? [];
    instead.set(Number(number), line === undefined ? lines : [...lines, line]);
  }
  return text
    .split("\n")
    .flatMap((line, index) => instead.get(index + 1) ?? [line])
    .join("\n");
}
