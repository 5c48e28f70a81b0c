import { describe, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { specJsonSchema } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { documentRules } from "../../compiler/language/editor-rules.ts";
import { specJsonSchema as schemaWith } from "../../compiler/language/json-schema.ts";
import { SERVICE_TYPES } from "../../compiler/services/index.ts";
import { base, readInvalidCases } from "./invalid-cases.ts";
import type { InvalidCase } from "./invalid-cases.ts";
import { schemaJudge } from "./json-schema.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";

const problemsOf = schemaJudge(specJsonSchema());
const rules = documentRules(SERVICE_TYPES);

/** Codes a JSON Schema can see: what one document says, and how its keys go together. */
const SEEN: readonly string[] = `
  E104 E107 E108 E109 E110 E111 E112 E113 E115 E116
  E203 E205 E206 E208 E210 E212 E215
  E306 E307 E309 E314 E315 E316 E322 E323 E324 E325 E327 E328 E329 E330 E332 E333 E334`
  .trim()
  .split(/\s+/u);

/** Codes that an editor's YAML reader tells by itself. */
const OF_THE_READER = ["E101", "E102", "E103", "E106"];

/** Cases of a code that is seen which a schema can't see, and why. */
const BLIND: Readonly<Record<string, string>> = {
  "E110-cron-range.yaml": "no two numbers can be compared",
  "E208-order.yaml": "a list can't be held against the keys of a mapping",
  "E210-regional-too.yaml": "no two texts can be compared once a region is filled in",
  "E327-header.yaml": "keys that differ by case are two keys",
  "E327-metric.yaml": "items can't be compared by one of their keys",
  "E332-breaches.yaml": "no two numbers can be compared",
  "E333-prefix.yaml": "no text can be the start of another",
};

/** What the schema says of every document; undefined where a file is no YAML. */
function verdict(files: readonly SpecFile[]): string[] | undefined {
  const found: string[] = [];
  for (const { text } of files)
    for (const document of parseAllDocuments(text.replace(/^\uFEFF/u, ""))) {
      if (document.errors.length > 0) return undefined;
      found.push(...problemsOf(document.toJS({ maxAliasCount: 100 })));
    }
  return found;
}

function codesOf({ expected }: InvalidCase): string[] {
  return expected.map((each) => each.slice(0, 4));
}

function fromReader(each: InvalidCase): boolean {
  return codesOf(each).some((code) => OF_THE_READER.includes(code));
}

describe("specs/schema.json and the compiler", () => {
  const cases = readInvalidCases().filter((each) => !fromReader(each));

  test("agree on what is right", ({ expect }) => {
    expect(verdict(base)).toEqual([]);
    expect(verdict(sampleSpecs())).toEqual([]);
    for (const { name, right } of cases)
      if (right !== undefined) expect([name, verdict(right.files)]).toEqual([name, []]);
  });

  test.for(cases)("agree on $name", (each, { expect }) => {
    const seen = codesOf(each).some((code) => SEEN.includes(code));
    const expected = seen && !(each.name in BLIND);
    const found = verdict(each.files);
    expect({ refused: found?.length !== 0, found }).toEqual({ refused: expected, found });
  });

  test("the lists say no more than is needed", ({ expect }) => {
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(BLIND).filter((name) => !names.has(name))).toEqual([]);
    const given = new Set(cases.flatMap(codesOf));
    expect(SEEN.filter((code) => !given.has(code))).toEqual([]);
    expect(new Set(SEEN).size).toBe(SEEN.length);
  });

  test.for(Object.keys(rules))("the rule for %s changes something", (path, { expect }) => {
    const others = Object.entries(rules).filter(([key]) => key !== path);
    expect(schemaWith(SERVICE_TYPES, Object.fromEntries(others))).not.toEqual(specJsonSchema());
  });
});
