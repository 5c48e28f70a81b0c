import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { scratchFolder } from "./scratch.ts";

const root = join(import.meta.dirname, "../..");

/** Lints files in a house of their own under our configuration; `rule message help` per finding. */
async function lint(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await scratchFolder();
  await copyFile(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const { stdout } = await execa(oxlint, ["-f", "json", "."], { cwd: folder, reject: false });
  const report = JSON.parse(stdout) as {
    diagnostics: { code: string; message: string; help?: string; filename: string }[];
  };
  return report.diagnostics.map((d) => `${d.filename} ${d.code} ${d.message} ${d.help ?? ""}`);
}

/** File, a line in it, and what the law says. */
const violations = [
  ["index.ts", 'import "./local/index.ts";', "compiler/compile and components only"],
  ["compiler/plan/hosts.ts", 'import "node:fs";', "compiler/ may import only zod, yaml"],
  ["compiler/plan/hosts.ts", 'import "../../providers/fly/app.ts";', "knows nothing"],
  ["compiler/plan/hosts.ts", "export const now = Date.now();", "The compiler is pure"],
  ["compiler/plan/hosts.ts", "export const env = process.env;", "The compiler is pure"],
  ["compiler/plan/hosts.ts", "export const dice = Math.random();", "deterministic"],
  ["components/host.ts", 'import "../compiler/plan/plan.ts";', "only the types"],
  ["components/host.ts", 'export { x } from "../compiler/render/desired.ts";', "only types"],
  ["components/host.ts", 'import "../providers/fly/machine.ts";', "only the resources"],
  ["components/host.ts", 'import "node:fs";', "components/ may import only"],
  ["controller/loop/loop.ts", 'import "../../providers/fly/machine.ts";', "observe-hosts"],
  ["controller/loop/loop.ts", 'import "../../compiler/plan/plan.ts";', "compiler/compile only"],
  ["controller/api/app.ts", 'import "../../toolchain/index.ts";', "knows nothing"],
  ["controller/api/app.ts", 'import "ky";', "controller/ may import only"],
  ["providers/fly/app.ts", 'import "@pulumi/pulumi";', "providers/fly/ may import only"],
  ["providers/fly/app.ts", 'import "../../compiler/compile.ts";', "knows nothing"],
  ["providers/fly/app.ts", 'import "./resources.ts";', "never imports Pulumi"],
  ["providers/fly/resources.ts", 'import "./app.ts";', "only the loader"],
  ["providers/keys/nkeys.ts", 'import "../fly/app.ts";', "providers/keys/ knows nothing"],
  ["providers/loader.ts", 'import "./fly/entry.ts";', "captures nothing"],
  ["engine/up.ts", 'import "@pulumi/pulumi";', "automation only"],
  ["engine/up.ts", 'import "../toolchain/build.ts";', "toolchain/index.ts"],
  ["local/fly/api.ts", 'import "../../providers/fly/wire.ts";', "shares no code"],
  ["local/fly/api.ts", 'import "@pulumi/pulumi/provider";', "local/ may import only"],
  ["toolchain/build.ts", 'import "zod";', "toolchain/ may import only"],
  ["toolchain/build.ts", 'import "../engine/up.ts";', "knows nothing"],
  ["clients/cli/up.ts", 'import "../../local/cloud.ts";', "local/index.ts"],
  ["clients/cli/commands/up.ts", 'import "../../../local/cloud.ts";', "local/index.ts"],
  ["clients/cli/up.ts", 'import "../../compiler/parse/parse.ts";', "compiler/compile only"],
  ["clients/web/page.ts", 'import "../../engine/up.ts";', "over HTTP"],
  ["image/app/worker.ts", 'import "../../compiler/compile.ts";', "knows nothing"],
  ["test/x.ts", 'export const fs = require("node:fs");', "Only providers/loader.ts"],
  ["local/x.ts", 'import "./y.js";', "end in .ts"],
  ["local/x.ts", "export const x: any = 1;", "no-explicit-any"],
] as const;

test.for(violations)("%s: %s", async ([path, line, words], { expect }) => {
  const found = await lint({ [path]: `${line}\n` });
  expect(found.join("\n")).toContain(words);
});

test("what the laws allow passes", async ({ expect }) => {
  const found = await lint({
    "index.ts":
      'import "@pulumi/pulumi";\nimport "./compiler/compile.ts";\nimport "./components/host.ts";\n',
    "compiler/compile.ts": 'import "zod";\nimport "yaml";\nimport "./render/desired.ts";\n',
    "compiler/render/desired.ts": "export type X = 1;\n",
    "components/host.ts":
      'import type { X } from "../compiler/render/desired.ts";\nimport "@pulumi/cloudflare";\nimport "../providers/fly/resources.ts";\nimport "../providers/fly/world.ts";\nexport type Y = X;\n',
    "providers/fly/app.ts": 'import "ky";\nimport "node:fs/promises";\nimport "./wire.ts";\n',
    "providers/fly/resources.ts": 'import "@pulumi/pulumi";\nimport "../loader.ts";\n',
    "providers/loader.ts": 'export const x = () => require(process.cwd() + "/x.ts");\n',
    "engine/up.ts":
      'import "@pulumi/pulumi/automation/index.js";\nimport "../toolchain/index.ts";\n',
    "local/plugins/a.ts": 'import "@pulumi/pulumi/provider/index.js";\nimport "../fly/api.ts";\n',
    "clients/cli/local/up.ts":
      'import "commander";\nimport "../../../local/index.ts";\nimport "../../../toolchain/index.ts";\nimport "../../../compiler/compile.ts";\n',
    "image/app/worker.ts": 'import "@nats-io/jetstream";\nimport "pocketbase";\n',
    "test/x.ts": 'import "../local/fly/api.ts";\n',
  });
  expect(found).toEqual([]);
});

test("a circle of imports is found", async ({ expect }) => {
  const found = await lint({
    "local/a.ts": 'import { b } from "./b.ts";\nexport const a: number = b;\n',
    "local/b.ts": 'import { a } from "./a.ts";\nexport const b: number = a;\n',
  });
  expect(found.join("\n")).toContain("no-cycle");
});
