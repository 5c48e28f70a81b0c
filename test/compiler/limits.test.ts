import { describe, test } from "vitest";
import { formatDiagnostic, validate } from "../../compiler/compile.ts";
import { base } from "./invalid-cases.ts";

const worker = base.find(({ path }) => path === "worker.yaml")?.text ?? "";
const lines = worker.split("\n").length;

/** What is told when this stands for worker.yaml. */
function told(text: string): string[] {
  const files = base.map((file) => (file.path === "worker.yaml" ? { ...file, text } : file));
  return validate(files).map(formatDiagnostic);
}

describe("texts", () => {
  test("are read up to 65,536 characters", ({ expect }) => {
    const full = `${worker}#${"x".repeat(65_536 - worker.length - 1)}`;
    expect(told(full)).toEqual([]);
    expect(told(`${full}x`)).toEqual([
      "worker.yaml:1:1 error E116 the file has 65537 characters, more than 65536\n  hint: A spec file has one Fleet or one Service: is this the right file?",
    ]);
  });

  test("are nested 32 levels deep at most", ({ expect }) => {
    const nested = (levels: number): string =>
      `${worker}environment: ${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}\n`;
    const deep = (levels: number): string =>
      nested(levels).replace("environment: { QUEUE: jobs }\n", "");
    expect(told(deep(32))).toEqual([expect.stringContaining("error E109")]);
    expect(told(deep(33))).toEqual([
      expect.stringMatching(
        /^worker\.yaml:16:45 error E116 this is nested deeper than 32 levels\n/,
      ),
    ]);
    expect(told(deep(100_000 / 4))).toEqual(told(deep(33)));
  });

  test("have 100 aliases at most, and a node counts with each", ({ expect }) => {
    const secrets = (count: number): string =>
      worker
        .replace(
          "secrets: [API_KEY]",
          `secrets: [${Array.from({ length: count }, () => "*c").join()}]`,
        )
        .replace("name: worker", "name: &c worker");
    expect(told(secrets(99)).filter((each) => each.includes("E106"))).toEqual([]);
    expect(told(secrets(101))).toEqual([
      expect.stringMatching(/^worker\.yaml:8:311 error E106 there are more than 100 aliases\n/),
    ]);
  });

  test("have no control characters, not even those of the YAML library's own", ({ expect }) => {
    for (const [character, number] of [
      ["\0", "0000"],
      ["\u0002", "0002"],
      ["\u0018", "0018"],
      ["\u001f", "001F"],
      ["\u007f", "007F"],
      ["\u009b", "009B"],
      ["\uffff", "FFFF"],
    ] as const)
      expect(told(worker.replace("jobs", `jo${character}bs`))).toEqual([
        expect.stringMatching(
          new RegExp(`^worker\\.yaml:7:25 error E101 YAML: the character U\\+${number} can't`),
        ),
      ]);
  });

  test("have each key once, however it is written", ({ expect }) => {
    expect(told(`${worker}1: a\n"1": b\n`)).toEqual([
      expect.stringContaining(`worker.yaml:${lines + 1}:1 error E102`),
    ]);
    expect(told(`${worker}"na\\u006de": other\n`)).toEqual([
      expect.stringContaining(`worker.yaml:${lines}:1 error E102`),
    ]);
  });

  test("can't ask for YAML 1.1", ({ expect }) => {
    const old = `%YAML 1.1\n---\n${worker}x: { <<: { a: 1 } }\n`;
    expect(told(old)).toEqual([
      expect.stringContaining(`${lines + 2}:1 error E107 unknown key \`x\``),
    ]);
    expect(told(worker.replace("[API_KEY]", "!!binary aGk="))).toEqual([
      expect.stringContaining("worker.yaml:8:10 error E101 YAML: Unresolved tag"),
    ]);
  });

  test("with mistakes without end are told about the first 50", ({ expect }) => {
    expect(told("]\n".repeat(10_000))).toHaveLength(50);
    expect(
      told(`${worker}${Array.from({ length: 500 }, (_, i) => `k${i}:\n`).join("")}`),
    ).toHaveLength(50);
  });
});

describe("what is told", () => {
  test("shows what would steer the terminal, and stays short", ({ expect }) => {
    expect(told(`${worker}"\\e[2J\\u202E\\n": 1\n`)).toEqual([
      expect.stringContaining("unknown key `\\u001b[2J\\u202e\\u000a`\n  hint: "),
    ]);
    const [long = ""] = told(`${worker}? ${"k".repeat(20_000)}\n: 1\n`);
    expect(long.length).toBeLessThan(2_500);
    expect(long).toContain("kkk…");
    const [escaped = ""] = told(`${worker}"${"\u2028".repeat(900)}": 1\n`);
    expect(escaped.length).toBeLessThan(2_500);
  });
});
