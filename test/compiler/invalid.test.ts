import { describe, test } from "vitest";
import { CODES, compile, validate } from "../../compiler/compile.ts";
import type { Diagnostic } from "../../compiler/compile.ts";
import { base, readInvalidCases } from "./invalid-cases.ts";

const cases = readInvalidCases();

function place({ code, file, line, column }: Diagnostic): string {
  return `${code} ${file}:${line}:${column}`;
}

describe("test/invalid", () => {
  test("the base has nothing wrong", ({ expect }) => {
    expect(validate(base)).toEqual([]);
  });

  test.for(cases)("$name", ({ code, files, expected, options, right }, { expect }) => {
    const compiled = compile(files, options);
    expect(compiled.diagnostics.map(place)).toEqual(expected);
    expect(compiled.ok).toBe(expected.every((each) => each.startsWith("W")));
    expect(expected.some((each) => each.startsWith(code))).toBe(true);
    for (const { message, hint } of compiled.diagnostics) {
      expect(message).not.toBe("");
      expect(hint).not.toBe("");
    }
    if (right !== undefined)
      expect(compile(right.files, right.options)).toMatchObject({ ok: true, diagnostics: [] });
  });

  test("every code has a case that is put right", ({ expect }) => {
    const tested = new Set(
      cases.filter(({ right }) => right !== undefined).map(({ code }) => code),
    );
    expect(Object.keys(CODES).filter((code) => !tested.has(code))).toEqual([]);
  });

  test("a case doesn't depend on the order of the files", ({ expect }) => {
    for (const { files, options, expected } of cases)
      expect(compile(files.toReversed(), options).diagnostics.map(place)).toEqual(expected);
  });

  test("there are many", ({ expect }) => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
  });
});
