import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, test } from "vitest";
import { SERVICE_TYPES } from "../../compiler/services/index.ts";
import { root } from "../../fixtures/project-root.ts";

/** Where the literal of a service type may stand: the types themselves, what hosts carry, and how tools are obtained. */
const ROOMS = [/^compiler\/services\//, /^image\//, /^toolchain\/recipes?[/.]/];

/** Literals that are spelt like a service type and mean something else. */
const OTHER_MEANINGS: Readonly<Record<string, string>> = {
  "local/cloud/options.ts process": "how the local cloud runs Machines: as processes or simulated",
  "local/machines/process.ts process": "the runner that runs Machines as processes",
  "local/machines/runner.ts process": "the runner that runs Machines as processes",
  "local-up/up.ts process": "how the local cloud runs Machines: as processes or simulated",
};

describe("service types", () => {
  const found = productFiles().flatMap((path) =>
    literalsIn(readFileSync(join(root, path), "utf8"))
      .filter((text) => Object.hasOwn(SERVICE_TYPES, text))
      .map((text) => `${path} ${text}`),
  );

  test("are named by literals in their own rooms only", ({ expect }) => {
    expect(found.filter((each) => !(each in OTHER_MEANINGS))).toEqual([]);
  });

  test("every exemption is needed", ({ expect }) => {
    expect(Object.keys(OTHER_MEANINGS).filter((each) => !found.includes(each))).toEqual([]);
  });

  test("a literal would be found, also as a type", ({ expect }) => {
    const text = 'const a: "nats" = x; if (type === `caddy`) y("process"); // "pocketbase"\n';
    expect(literalsIn(text)).toEqual(["nats", "caddy", "process"]);
  });
});

function productFiles(): string[] {
  const exclude = ["node_modules/**", ".flotilla/**", "{test,bench,fixtures,lint}/**"];
  return globSync("**/*.ts", { cwd: root, exclude }).filter(
    (path) => !ROOMS.some((room) => room.test(path)),
  );
}

/** Texts of all literals in code, comments left out. */
function literalsIn(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest));
  return found;
}
