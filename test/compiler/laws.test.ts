import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { CODES } from "../../compiler/compile.ts";
import { PASSED_VARIABLES, RESERVED_NAME_PATTERN } from "../../compiler/catalog/reserved-names.ts";
import { SHARED_CODES } from "../../compiler/catalog/codes.ts";
import { SERVICE_TYPES } from "../../compiler/services/index.ts";
import { root } from "../../fixtures/project-root.ts";

const files = globSync("compiler/**/*.ts", { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}));

describe("compiler/", () => {
  test("keeps nothing between calls: no variable and no cache at the top of a module", ({
    expect,
  }) => {
    const state =
      /^(?:export )?(?:let |var |const \w+(?:: [^=]+)? = new (?:Weak)?(?:Map|Set)(?:<[^(]*>)?\(\))/m;
    expect(files.filter(({ text }) => state.test(text)).map(({ path }) => path)).toEqual([]);
    expect(state.test("const known = new WeakMap<A, B>();")).toBe(true);
    expect(state.test("let latest: A | undefined;")).toBe(true);
  });

  test("gives only diagnostics that have a meaning, and every meaning is given", ({ expect }) => {
    const given = new Set(
      files
        .filter(({ path }) => !/\/codes(?:\/\w+)?\.ts$/.test(path))
        .flatMap(({ text }) => [...text.matchAll(/"([EW]\d{3})"/g)].map(([, code = ""]) => code)),
    );
    expect([...given].toSorted()).toEqual(Object.keys(CODES).toSorted());
  });

  test("gives each code one meaning", ({ expect }) => {
    const all = [SHARED_CODES, ...Object.values(SERVICE_TYPES).map(({ codes }) => codes)];
    const codes = all.flatMap(Object.keys);
    expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted());
  });

  test("reserves every variable that a type of the product provides, also for editors", ({
    expect,
  }) => {
    const names = Object.values(SERVICE_TYPES).flatMap(({ variables }) => variables);
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter((name) => !new RegExp(RESERVED_NAME_PATTERN).test(name))).toEqual([]);
  });

  test("knows which variables the image passes to every process", ({ expect }) => {
    const run = readFileSync(join(root, "image/bin/run"), "utf8");
    const [, passed = ""] = /split\("(PATH [^"]*)"/.exec(run) ?? [];
    const ofTypes = passed.split(" ").filter((name) => name.endsWith("_URL"));
    expect(ofTypes.toSorted()).toEqual(PASSED_VARIABLES.toSorted());
  });

  test("text/ knows no word of flotilla", ({ expect }) => {
    const words = /flotilla|fleet|caddy|nats|pocketbase|replica/i;
    const found = files.filter(
      ({ path, text }) => path.startsWith("compiler/text/") && words.test(text),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});
