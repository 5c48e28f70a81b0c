import { stripVTControlCharacters } from "node:util";
import { describe, test } from "vitest";
import { parse } from "yaml";
import { formatWithSource } from "../../clients/cli/output/diagnostics-text.ts";
import { CODES, compile, formatDiagnostic, validate } from "../../compiler/compile.ts";
import type { Code, SpecFile } from "../../compiler/compile.ts";
import {
  diagnosticsReference,
  exampleFor,
} from "../../compiler/language/reference/diagnostics-reference.ts";
import { formatExample } from "../../compiler/language/reference/example.ts";
import { UNIT_MISSING } from "../../compiler/language/reference/key-rows.ts";
import type { KeyRow } from "../../compiler/language/reference/key-rows.ts";
import type { DocNode } from "../../compiler/language/reference/doc-node.ts";
import { branchesOf } from "../../compiler/language/reference/doc-node.ts";
import { specReference, specSections } from "../../compiler/language/reference/spec-reference.ts";
import { kindJsonSchema } from "../../compiler/language/json-schema.ts";
import { SERVICE_TYPES } from "../../compiler/services/index.ts";
import { readInvalidCases } from "./invalid-cases.ts";
import { edited, flyEdgeSpecs, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { spliced } from "./spliced.ts";

const sample = sampleSpecs();
const page = specReference(SERVICE_TYPES, sample);
const sections = specSections(SERVICE_TYPES);

/** The sample, and what an example needs beside it: a route by a port, one database for all, no probe. */
const surroundings: readonly (readonly SpecFile[])[] = [
  flyEdgeSpecs(),
  edited(
    sample,
    "specs/services/caddy.yaml",
    "routes: # first match wins\n",
    "routes:\n  - { path: [/docs/*], to: worker, port: http }\n",
  ),
  edited(
    edited(
      sample,
      "specs/services/pocketbase.yaml",
      "data: regional",
      "data: { mode: single-writer, writer: iad }",
    ),
    "specs/services/pocketbase.yaml",
    "default: { replicas: 1 }",
    "iad: { replicas: 1 }",
  ),
  edited(
    sample,
    "specs/services/worker.yaml",
    "readiness_probe: { http: { port: http, path: /healthz } }\n",
    "",
  ),
];

/** The document of the sample that a part of the page is about, and its schema. */
function placesOf(title: string): { path: string; root: DocNode }[] {
  if (title === "Fleet")
    return [{ path: "specs/fleet.yaml", root: kindJsonSchema(SERVICE_TYPES, "Fleet") as DocNode }];
  const branches = branchesOf(kindJsonSchema(SERVICE_TYPES, "Service") as DocNode);
  const all = branches.map((root) => {
    const type = String(root.properties?.["type"]?.const);
    const name = type === "process" ? "worker" : type;
    return { path: `specs/services/${name}.yaml`, root };
  });
  return title === "Every service" ? all : all.filter(({ root }) => root.title === title);
}

/** Why a key's example doesn't compile anywhere in the sample; undefined if it does somewhere. */
function refusal(title: string, row: KeyRow): string | undefined {
  let first: string | undefined;
  for (const { path, root } of placesOf(title))
    for (const files of surroundings)
      for (const item of [0, 1, 2, 3]) {
        const [error] = validate(spliced(files, path, root, row, item)).filter(
          ({ severity }) => severity === "error",
        );
        if (error === undefined) return undefined;
        first ??= `${path} ${row.label}: ${error.code} ${error.message}`;
      }
  return first;
}

describe("docs/spec.md", () => {
  test("is what the schemas say (`npm run docs` writes it)", async ({ expect }) => {
    await expect(page).toMatchFileSnapshot("../../docs/spec.md");
  });

  test("its sample compiles as it stands on the page", ({ expect }) => {
    const files = [...page.matchAll(/^```yaml\n# (\S+)\n(.*?)^```$/gms)].map(
      ([, path = "", text = ""]) => ({ path, text }),
    );
    expect(files.map(({ path }) => path)).toEqual(sample.map(({ path }) => path));
    expect(validate(files)).toEqual([]);
    const desired = (stack: string, of: readonly SpecFile[]): unknown => compile(of, { stack });
    for (const stack of ["global", "iad", "fra"])
      expect(desired(stack, files)).toEqual(desired(stack, sample));
  });

  test("its signals are read", ({ expect }) => {
    const [, text = ""] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
    const signals: unknown = JSON.parse(text);
    const compiled = compile(sample, { stack: "iad", signals, now: "2026-03-01T12:01:00Z" });
    expect(compiled.diagnostics).toEqual([]);
    expect(compiled).toMatchObject({
      desired: { deviations: [{ service: "caddy" }, { service: "worker" }] },
    });
  });

  test("has a type, a unit for each number, a default and an example for every key", ({
    expect,
  }) => {
    const rows = sections.flatMap((section) => section.rows);
    expect(rows.length).toBeGreaterThan(100);
    const lacking = rows.filter(
      ({ type, unit, fallback, example, meaning }) =>
        type === "" ||
        unit === UNIT_MISSING ||
        fallback === "" ||
        meaning === "" ||
        example === undefined,
    );
    expect(lacking.map(({ label }) => label)).toEqual([]);
  });

  test("names every key that the schemas know", ({ expect }) => {
    const told = new Set(sections.flatMap(({ rows }) => rows.map(({ steps }) => lastKey(steps))));
    const known = new Set([
      ...keysIn(kindJsonSchema(SERVICE_TYPES, "Fleet")),
      ...keysIn(kindJsonSchema(SERVICE_TYPES, "Service")),
    ]);
    expect([...known].filter((key) => !told.has(key))).toEqual([]);
  });

  test("shows each example as YAML that means it", ({ expect }) => {
    for (const { steps, example } of sections.flatMap(({ rows }) => rows)) {
      if (example === undefined) continue;
      const key = lastKey(steps);
      expect(parse(formatExample(key, example))).toEqual({ [key]: example });
    }
  });

  test.for(sections)(
    "every example of $title compiles in its place",
    ({ title, rows }, { expect }) => {
      const examples = rows.filter(({ example }) => example !== undefined);
      expect(examples.flatMap((row) => refusal(title, row) ?? [])).toEqual([]);
    },
  );

  test("an example that is wrong would be seen", ({ expect }) => {
    const row = sections[0]?.rows.find(({ label }) => label === "machine.cpus");
    if (row === undefined) throw new Error("no machine.cpus");
    expect(refusal("Fleet", { ...row, example: 3 })).toContain("E206");
  });
});

describe("docs/diagnostics.md", () => {
  const cases = readInvalidCases();
  const codes = Object.keys(CODES) as Code[];
  const reference = diagnosticsReference({ codes: CODES, compile }, cases);

  test("is what the codes and the fixtures say (`npm run docs` writes it)", async ({ expect }) => {
    await expect(reference).toMatchFileSnapshot("../../docs/diagnostics.md");
  });

  test("has every code, each with a wrong and a right example", ({ expect }) => {
    const parts = reference.split(/^### /m).slice(1);
    expect(parts.map((part) => part.slice(0, 4)).toSorted()).toEqual(codes.toSorted());
    const lacking = parts.filter((part) => !/^Wrong/m.test(part) || !/^Right/m.test(part));
    expect(lacking.map((part) => part.slice(0, 4))).toEqual([]);
  });

  test("each right example compiles, with nothing to say", ({ expect }) => {
    for (const code of codes) {
      const right = exampleFor(code, cases)?.right;
      if (right === undefined) throw new Error(`${code} has no example that is put right`);
      const { ok, diagnostics } = compile(right.files, right.options);
      expect([code, ok, diagnostics]).toEqual([code, true, []]);
    }
  });

  test("shows a mistake as the command line does", ({ expect }) => {
    for (const code of codes) {
      const example = exampleFor(code, cases);
      const found = example && compile(example.files, example.options).diagnostics;
      const first = found?.find((each) => each.code === code);
      if (example === undefined || first === undefined) throw new Error(`${code} has no example`);
      const printed = stripVTControlCharacters(formatWithSource(first, example.files));
      // A line too long for a page is cut there, one that only says what the fixture is isn't shown.
      const isLong = printed
        .split("\n")
        .some((line, index) => index > 0 && (line.length > 160 || line.startsWith("  # expect: ")));
      for (const part of isLong ? [formatDiagnostic(first).split("\n")[0] ?? ""] : [printed])
        expect(reference).toContain(part);
    }
  });
});

function lastKey(steps: KeyRow["steps"]): string {
  return steps.at(-1)?.key ?? "";
}

/** All keys of all mappings in a schema. */
function keysIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(keysIn);
  if (typeof node !== "object" || node === null) return [];
  const { properties = {}, ...rest } = node as { properties?: object };
  const children = Object.entries(rest).filter(([key]) => !["default", "examples"].includes(key));
  return [
    ...Object.keys(properties),
    ...Object.values(properties).flatMap(keysIn),
    ...children.flatMap(([, child]) => keysIn(child)),
  ];
}
