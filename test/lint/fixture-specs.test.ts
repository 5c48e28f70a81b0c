import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { root } from "../../fixtures/project-root.ts";

/** Ways to name the shipped spec folder from a test. */
const SHIPPED = /\broot, "specs|"(\.\.\/)+specs\/|readFile(Sync)?\(["'`]specs/;

/** Their subject is the shipped folder, whatever valid specs it holds. */
const ABOUT_SHIPPED_SPECS = ["test/compiler/schema.test.ts", "test/lint/fixture-specs.test.ts"];

test("tests read the sample fleet's specs, never the shipped ones, which a user replaces", ({
  expect,
}) => {
  const files = globSync(["test/**/*.ts", "fixtures/**/*.ts", "bench/**/*.ts"], { cwd: root });
  expect(files.length).toBeGreaterThan(100);
  const offenders = files.filter((file) => SHIPPED.test(readFileSync(join(root, file), "utf8")));
  expect(offenders.filter((file) => !ABOUT_SHIPPED_SPECS.includes(file))).toEqual([]);
  expect(offenders).toContain("test/compiler/schema.test.ts");
});
