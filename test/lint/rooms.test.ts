import { existsSync, globSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "vitest";
import { root } from "../../fixtures/project-root.ts";
import { roomOf } from "../../lint/rooms-plugin.ts";
import { ROOMS } from "../../lint/rooms.ts";
import type { Room } from "../../lint/rooms.ts";
import { lint } from "./lint.ts";

describe("the table of rooms", () => {
  test("names folders and files that are there", ({ expect }) => {
    const paths = Object.entries(ROOMS).flatMap(([path, { ours }]) => [
      path,
      ...ours.map((entry) => entry.replace("type:", "")),
    ]);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("has a room for every file of the product", ({ expect }) => {
    const exclude = ["node_modules/**", ".flotilla/**", "image/*/node_modules/**"];
    const files = globSync("**/*.ts", { cwd: root, exclude });
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual(["vitest.config.ts"]);
  });

  test("is one that a person can read: 60 lines at most", ({ expect }) => {
    expect(Object.keys(ROOMS).length).toBeLessThanOrEqual(60);
  });
});

/** Every room tries to import from every room, as a value and as a type: one file per room, one run for all. */
test("what the table says is what the lint refuses, and nothing else", async ({ expect }) => {
  const names = Object.keys(ROOMS);
  const specimens = names.map((name) => specimenIn(name));
  const files = Object.fromEntries(
    names.map((name, index) => [
      specimens[index] ?? "",
      specimens
        .filter((target) => target !== specimens[index])
        .flatMap((target, at) => [
          `import { x as v${at} } from "${specifier(specimens[index] ?? "", target)}";`,
          `import type { y as t${at} } from "${specifier(specimens[index] ?? "", target)}";`,
          `export const u${at}: t${at} = v${at};`,
        ])
        .join("\n"),
    ]),
  );
  const found = (await lint(files)).filter((line) => line.includes("rooms(imports)"));
  const expected = names.flatMap((name, index) =>
    specimens.flatMap((target) => {
      if (target === specimens[index]) return [];
      const refused = [true, false].filter((typesOnly) => !mayImport(name, target, typesOnly));
      return refused.map(() => specimens[index] ?? "");
    }),
  );
  expect(found.map((line) => line.split(" ")[0] ?? "").toSorted()).toEqual(expected.toSorted());
});

const violations = [
  ["index.ts", 'import "./local/index.ts";', "rooms(imports)"],
  ["compiler/a1.ts", 'import "node:fs";', "rooms(imports)"],
  ["compiler/render/a1.ts", 'import "../services/index.ts";', "rooms(imports)"],
  ["compiler/text/a1.ts", 'import "../model/spec.ts";', "rooms(imports)"],
  ["compiler/a2.ts", "export const now = Date.now();", "rooms(pure)"],
  ["compiler/a3.ts", "export const now = new Date();", "rooms(pure)"],
  ["compiler/a4.ts", "export const env = process.env;", "rooms(pure)"],
  ["compiler/a5.ts", "export const dice = Math.random();", "rooms(pure)"],
  ["compiler/a6.ts", "export const answer = await fetch('http://127.0.0.1');", "rooms(pure)"],
  ["compiler/a7.ts", "export const home = globalThis.process;", "rooms(pure)"],
  ["controller/b1.ts", 'import "ky";', "rooms(imports)"],
  ["providers/fly/c1.ts", 'import "@pulumi/pulumi";', "rooms(imports)"],
  ["providers/loader.ts", 'export * from "./fly/entry.ts";', "rooms(imports)"],
  ["engine/d1.ts", 'import "@pulumi/pulumi";', "rooms(imports)"],
  ["local/e1.ts", 'import "@pulumi/pulumi/provider";', "rooms(imports)"],
  ["local/e2.ts", 'export const wire = import("../providers/fly/wire.ts");', "rooms(imports)"],
  ["local/e3.ts", 'export type W = import("../providers/fly/wire.ts").W;', "rooms(imports)"],
  ["local/e4.ts", 'import "./y.js";', "end in .ts"],
  ["local/e5.ts", "export const x: any = 1;", "no-explicit-any"],
  ["test/f1.ts", 'export const fs = require("node:fs");', "Only providers/loader.ts"],
  ["components/g1.ts", "export const g = fetch('http://127.0.0.1');", "makes no HTTP calls"],
] as const;

test("each kind of breach is found", async ({ expect }) => {
  const found = await lint(
    Object.fromEntries(violations.map(([path, line]) => [path, `${line}\n`])),
  );
  for (const [path, , words] of violations)
    expect(found.filter((line) => line.startsWith(`${path} `)).join("\n")).toContain(words);
});

test("what the laws allow passes", async ({ expect }) => {
  const found = await lint({
    "lib/hash.ts": "export const h = 1;\n",
    "compiler/compile.ts": 'import "./services/index.ts";\n',
    "compiler/language/a.ts":
      'import "zod";\nimport "yaml";\nimport "../../lib/hash.ts";\nimport "../services/registry.ts";\nexport const at = Date.parse("2026-01-01");\nexport function f(process: number): number {\n  return process;\n}\n',
    "providers/fly/app.ts": 'import "ky";\nimport "node:fs/promises";\nimport "./wire.ts";\n',
    "providers/fly/resources.ts": 'import "@pulumi/pulumi";\nimport "../loader.ts";\n',
    "providers/loader.ts": 'export const x = () => require(process.cwd() + "/x.ts");\n',
    "engine/up.ts":
      'import "@pulumi/pulumi/automation/index.js";\nimport "../toolchain/index.ts";\n',
    "local/plugins/a.ts": 'import "@pulumi/pulumi/provider/index.js";\nimport "./serve.ts";\n',
    "image/app/worker.ts": 'import "@nats-io/jetstream";\nimport "pocketbase";\n',
    "test/x.ts": 'import "../local/fly/api.ts";\n',
  });
  expect(found).toEqual([]);
});

test("a circle of imports is found, also one of types", async ({ expect }) => {
  const found = await lint({
    "local/a.ts": 'import { b } from "./b.ts";\nexport const a: number = b;\n',
    "local/b.ts": 'import { a } from "./a.ts";\nexport const b: number = a;\n',
    "local/c.ts": 'import type { D } from "./d.ts";\nexport type C = D | 1;\n',
    "local/d.ts": 'import type { C } from "./c.ts";\nexport type D = C | 2;\n',
  });
  expect(found.filter((line) => line.includes("no-cycle")).map((line) => line[6])).toEqual(
    expect.arrayContaining(["a", "b", "c", "d"]),
  );
});

/** A file that lies in that room and in no room inside it. */
function specimenIn(name: string): string {
  return name.endsWith("/") ? `${name}specimen.ts` : name;
}

function specifier(from: string, to: string): string {
  const path = relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

/** The table read again, by another hand than the plugin's. */
function mayImport(name: string, target: string, typesOnly: boolean): boolean {
  if (target.startsWith("lib/")) return true;
  const { ours } = ROOMS[name] as Room;
  return ours
    .filter((entry) => typesOnly || !entry.startsWith("type:"))
    .map((entry) => entry.replace("type:", ""))
    .some(
      (entry) =>
        entry === "./" || entry === target || (entry.endsWith("/") && target.startsWith(entry)),
    );
}
