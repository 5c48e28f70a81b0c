import { join } from "node:path";
import { execa } from "execa";
import { describe, test } from "vitest";
import { compile, validate } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { root } from "../../fixtures/project-root.ts";
import { depth } from "../kit/depth.ts";
import { base } from "./invalid-cases.ts";
import { MOST_SECONDS, runCase, runMutation } from "./mutation-run.ts";

/** More of them, in a small heap: `npm run test:deep`, or by hand `node test/compiler/search-mutations.ts`. */
const COUNT = 500;

describe("never an exception", () => {
  test(`${COUNT} mutations of valid specs end in diagnostics or a result`, ({ expect }) => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= COUNT; seed++) {
      const result = runMutation(seed);
      const replay = `seed ${seed}, again with: node test/compiler/search-mutations.ts 1 ${seed}`;
      expect(result.violations, replay).toEqual([]);
      for (const outcome of result.outcomes) outcomes.add(outcome);
    }
    // Mutations that only break the syntax would show nothing.
    expect(outcomes.size).toBeGreaterThan(40);
    expect(outcomes).toContain("ok");
  });

  const inSmallHeap = depth(200, 10_000);
  test(`${inSmallHeap} mutations in a small heap`, async ({ expect }) => {
    const script = join(root, "test/compiler/search-mutations.ts");
    const { exitCode, all } = await execa(process.execPath, [script, String(inSmallHeap)], {
      reject: false,
      all: true,
    });
    expect(exitCode, all).toBe(0);
  });

  const n = 60_000;
  const attacks: Record<string, string> = {
    "billion laughs": `l0: &l0 [lol]\n${Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`).join("\n")}`,
    "an alias inside itself": "environment: &e { A: *e }\ncommand: &c [*c]",
    "many aliases": `a: &a x\nb: [${"*a,".repeat(n / 3)}]`,
    "nested lists": `command: ${"[".repeat(n)}`,
    "nested lists, closed": `command: ${"[".repeat(n / 2)}${"]".repeat(n / 2)}`,
    "nested mappings": `environment: ${"{ a: ".repeat(n / 5)}`,
    "nested blocks": Array.from({ length: 340 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
    "nested dashes": `command:\n  ${"- ".repeat(n / 2)}`,
    "nested question marks": "? ".repeat(n / 2),
    "a million brackets": "[".repeat(1_000_000),
    "many unknown keys": Array.from({ length: 9_000 }, (_, i) => `k${i}:\n`).join(""),
    "many keys with bad values": `environment:\n${Array.from({ length: 7_000 }, (_, i) => ` k${i}:\n`).join("")}`,
    "many bad keys": `environment:\n${Array.from({ length: 7_000 }, (_, i) => ` ${i}: x\n`).join("")}`,
    "many ports": `ports:\n${Array.from({ length: 5_000 }, (_, i) => ` p${i}: ${i + 1}\n`).join("")}`,
    "many secrets": `secrets: [${Array.from({ length: 7_000 }, (_, i) => `A${i}`).join()}]`,
    "one secret many times": `secrets: [${"A,".repeat(n / 2)}]`,
    "many dependencies": `depends_on: [${"nats,".repeat(n / 5)}]`,
    "many unknown dependencies": `depends_on: [${Array.from({ length: 9_000 }, (_, i) => `n${i}`).join()}]`,
    "duplicate keys": "a:\n".repeat(n / 3),
    "a long key": `${"k".repeat(n)}: 1`,
    "a long number": `stop_timeout: ${"9".repeat(n)}`,
    "a long duration": `stop_timeout: ${"9".repeat(n)}s`,
    "a long name": `name: ${"a-".repeat(n / 2)}`,
    "a long command": `command: [${"a,".repeat(n / 2)}]`,
    "a long argument": `command: ["${"{{$\\\\".repeat(n / 5)}"]`,
    anchors: "&a ".repeat(n / 3),
    tags: "!a ".repeat(n / 3),
    commas: `a: [${",".repeat(n)}`,
    "bad escapes": `a: "${"\\q".repeat(n / 2)}"`,
    "closing brackets": "]".repeat(n),
    "flow after flow": `a: ${"{ a: }".repeat(n / 6)}`,
    comments: "#\n".repeat(n / 2),
    "line ends": "\n".repeat(n),
    "carriage returns": "a: b\r".repeat(n / 5),
    tabs: "\t".repeat(n),
    documents: "---\n".repeat(n / 4),
    directives: "%a\n".repeat(n / 3),
    "NUL bytes": "\0".repeat(n),
    "what the lexer writes itself": "\u0002\u0018\u001f",
    "5 MB": `command: ["${"x".repeat(5_000_000)}"]`,
    "YAML 1.1": "%YAML 1.1\n---\na: &a { b: 1 }\nc: { <<: *a }\nd: !!set { a }\ne: !!binary aGk=",
    bytes: "command: !!binary aGVsbG8=",
    "names of objects": "__proto__: { a: 1 }\nconstructor: 1\ntoString: 2\nhasOwnProperty: 3",
    "a kind with methods": "kind: { toString: 1 }",
    "keys that aren't text": "? [a, b]\n: 1\n? { a: b }\n: 2\n? &a x\n: *a\n? *a\n: 3",
    numbers: "max_per_host: 9007199254740993\nspread: 1e999\nports: { a: -0, b: 0x10, c: .nan }",
  };

  test.for(Object.entries(attacks))("%s", ([, text], { expect }) => {
    const instead = (added: string): readonly SpecFile[] =>
      base.map((file) => (file.path === "worker.yaml" ? { ...file, text: added } : file));
    const worker = base.find(({ path }) => path === "worker.yaml")?.text ?? "";
    const keys = new Set([...text.matchAll(/^[a-z_]+(?=:)/gm)].map(([key]) => key));
    const others = worker.split("\n").filter((line) => !keys.has(line.split(":")[0] ?? ""));
    for (const files of [instead(text), instead(`${others.join("\n")}\n${text}\n`)]) {
      const { violations, seconds, outcomes } = runCase({
        files,
        options: {},
        stacks: ["global", "iad", "fra"],
      });
      expect(violations).toEqual([]);
      expect(outcomes.size).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(MOST_SECONDS);
    }
  });

  test("the largest numbers that the language takes", ({ expect }) => {
    const largest = base.map(({ path, text }) => ({
      path,
      text: text
        .replaceAll(/max_hosts: \d+/g, "max_hosts: 1000")
        .replaceAll(/max: \d+/g, "max: 1000")
        .replace("http: 9100", "http: 20000")
        .replaceAll(/max_per_host: \d+/g, "max_per_host: 9")
        .replace("{ path: [/nats], to: nats }", "{ path: [/jobs/*], to: worker }"),
    }));
    const { violations, seconds } = runCase({
      files: largest,
      options: {},
      stacks: ["global", "iad", "fra"],
    });
    expect(violations).toEqual([]);
    expect(seconds).toBeLessThan(MOST_SECONDS);
    expect(validate(largest).filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("what multiplies to gigabytes isn't rendered", ({ expect }) => {
    const routes = "  - { path: [/jobs/*], to: worker }\n".repeat(50);
    const many = base.map(({ path, text }) => ({
      path,
      text: text
        .replaceAll(/max_hosts: \d+/g, "max_hosts: 1000")
        .replace("routes:\n", `routes:\n${routes}`)
        .replace("max_per_host: 4", "max_per_host: 100")
        .replace("http: 9100", "http: 20000")
        .replace("command: [node", `command: [${"a,".repeat(20_000)}node`),
    }));
    const { violations, seconds, outcomes } = runCase({
      files: many,
      options: {},
      stacks: ["iad"],
    });
    expect(violations).toEqual([]);
    expect(seconds).toBeLessThan(MOST_SECONDS);
    expect(outcomes).not.toContain("ok");
    const errors = validate(many).filter(({ severity }) => severity === "error");
    expect(errors.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "E412 routes[0].to",
      "E412 max_per_host",
    ]);
  });

  test("no file at all, and files without a name", ({ expect }) => {
    for (const files of [
      [],
      [{ path: "", text: "" }],
      base.map(({ text }) => ({ path: "", text })),
    ])
      expect(
        runCase({ files, options: {}, stacks: ["global", "", "__proto__"] }).violations,
      ).toEqual([]);
  });

  test("nothing of a spec gets into the prototypes of objects", ({ expect }) => {
    const worker = base.find(({ path }) => path === "worker.yaml");
    const files = base.map((file) =>
      file === worker
        ? {
            ...file,
            text: `${file.text}\n__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\n`,
          }
        : file,
    );
    const result = compile(files, {
      stack: "iad",
      signals: JSON.parse('{"__proto__": {"polluted": 1}}'),
    });
    expect(result.ok).toBe(false);
    expect("polluted" in {}).toBe(false);
  });
});
