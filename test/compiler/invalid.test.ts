import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { CODES, compile, validate } from "../../compiler/compile.ts";
import type { CompileOptions, Diagnostic, SpecFile } from "../../compiler/compile.ts";
import { readSpecs, root } from "./sample.ts";

/**
 * `test/invalid/` holds a small spec in `base/`, and per case one file (or a folder of them) that stands for or
 * joins a file of it. Its first comments say under which name (`# file:`), all that is expected (`# expect: CODE
 * file:line:column`) and the options that aren't the defaults.
 */
interface Case {
  readonly name: string;
  readonly files: readonly SpecFile[];
  readonly expected: readonly string[];
  readonly options: CompileOptions;
}

const folder = join(root, "test/invalid");
const base = readSpecs(join(folder, "base"));
const cases = readdirSync(folder)
  .filter((name) => name !== "base")
  .sort()
  .map(readCase);

function readCase(name: string): Case {
  const path = join(folder, name);
  const own = name.endsWith(".yaml")
    ? readSpecs(folder).filter((file) => file.path === name)
    : readSpecs(path);
  const headed = own.find(({ text }) => text.startsWith("# expect:"));
  if (headed === undefined) throw new Error(`${name} expects nothing`);
  const headers = [...headed.text.matchAll(/^# (expect|file|stack|now|secrets|signals): (.*)$/gm)];
  const all = (key: string): string[] => headers.filter((h) => h[1] === key).map((h) => h[2] ?? "");
  const [as] = all("file");
  if (as === undefined) throw new Error(`${name} doesn't say for which file it stands`);
  const files = new Map(base.map((file) => [file.path, file]));
  for (const file of own) {
    const filePath = file === headed ? as : file.path;
    files.set(filePath, { path: filePath, text: file.text });
  }
  const [stack = "global"] = all("stack");
  const [now] = all("now");
  const [secrets] = all("secrets");
  const [signals] = all("signals");
  return {
    name,
    files: [...files.values()],
    expected: all("expect"),
    options: {
      stack,
      ...(now === undefined ? {} : { now }),
      ...(secrets === undefined ? {} : { secrets: secrets.split(",") }),
      ...(signals === undefined ? {} : { signals: JSON.parse(signals) as unknown }),
    },
  };
}

function place({ code, file, line, column }: Diagnostic): string {
  return `${code} ${file}:${line}:${column}`;
}

describe("test/invalid", () => {
  test("the base has nothing wrong", ({ expect }) => {
    expect(validate(base)).toEqual([]);
  });

  test.for(cases)("$name", ({ files, expected, options, name }, { expect }) => {
    const compiled = compile(files, options);
    expect(compiled.diagnostics.map(place)).toEqual(expected);
    expect(compiled.ok).toBe(expected.every((each) => each.startsWith("W")));
    expect(expected.some((each) => each.startsWith(name.slice(0, 4)))).toBe(true);
    for (const { message, hint } of compiled.diagnostics) {
      expect(message).not.toBe("");
      expect(hint).not.toBe("");
    }
  });

  test("every code has a case", ({ expect }) => {
    const tested = new Set(cases.map(({ name }) => name.slice(0, 4)));
    expect(Object.keys(CODES).filter((code) => !tested.has(code))).toEqual([]);
  });

  test("a case doesn't depend on the order of the files", ({ expect }) => {
    for (const { files, options, expected } of cases)
      expect(compile(files.toReversed(), options).diagnostics.map(place)).toEqual(expected);
  });

  test("the folder is there", ({ expect }) => {
    expect(existsSync(folder)).toBe(true);
    expect(cases.length).toBeGreaterThan(50);
  });
});
