/** The command line as a script meets it: exit codes, streams, JSON. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { root } from "../../fixtures/project-root.ts";
import { compile } from "../../compiler/compile.ts";
import { desiredOf } from "../kit/compiled.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";

/** The sample fleet's specs, from the project's root. */
const SPECS = "fixtures/specs";

async function flotilla(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(root, "clients/cli/flotilla.ts"), ...args],
    { cwd: root, env, reject: false },
  );
  return { exitCode, stdout, stderr };
}

describe("validate", () => {
  it("says how many documents are valid, without colour in a pipe", async () => {
    const { exitCode, stdout, stderr } = await flotilla(["validate", SPECS]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: `${SPECS}: 5 documents are valid`,
      stderr: "",
    });
  });

  it("reads `specs` by default, and the shipped specs are valid", async () => {
    const { exitCode, stdout } = await flotilla(["validate"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^specs: \d+ documents are valid$/m);
  });

  it("shows each mistake with its line, a caret under the column and a hint", async () => {
    await using folder = await temporaryFolder();
    await cp(join(root, "fixtures/specs"), folder.path, { recursive: true });
    const worker = join(folder.path, "services/worker.yaml");
    const text = await readFile(worker, "utf8");
    await writeFile(worker, text.replace("max_per_host: 4", "max_per_hots: 4"));
    const { exitCode, stderr } = await flotilla(["validate", folder.path]);
    expect(exitCode).toBe(2);
    const lines = stderr.split("\n");
    const at = lines.findIndex((line) => line.includes("max_per_hots: 4"));
    expect(lines[at - 1]).toMatch(/worker\.yaml:\d+:1 error E\d+ /);
    expect(lines[at + 1]?.trimEnd()).toBe("  ^");
    expect(lines[at + 2]).toMatch(/hint: .*max_per_host/);
    const json = await flotilla(["validate", folder.path, "--json"]);
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ code: "E107", file: worker, line: 13, column: 1 }),
      ]) as unknown,
    });
  });

  it("names a folder that isn't there", async () => {
    const { exitCode, stderr } = await flotilla(["validate", "nowhere"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe("no spec folder at nowhere: name one with --specs DIR");
  });
});

describe("compile", () => {
  it("prints exactly what the compiler makes", async () => {
    const { exitCode, stdout } = await flotilla(["compile", "iad", "--specs", SPECS]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(desiredOf(compile(sampleSpecs(), { stack: "iad" })));
  });

  it("refuses a stack that is no region of the spec", async () => {
    const { exitCode, stdout, stderr } = await flotilla(["compile", "iat", "--specs", SPECS]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/did you mean `iad`/i);
  });
});

describe("what isn't there", () => {
  it("an unknown command exits with 2 and suggests one", async () => {
    const { exitCode, stderr } = await flotilla(["validat"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Did you mean validate?");
  });

  it("help is no mistake", async () => {
    const { exitCode, stdout } = await flotilla(["local", "--help"]);
    expect(exitCode).toBe(0);
    for (const command of ["up", "down", "status", "env"]) expect(stdout).toContain(`  ${command}`);
  });

  it.each([["status"], ["env"], ["publish", "iad", "hello"], ["kill", "iad-0"]])(
    "local %s without a local cloud says how to start one",
    async (...args) => {
      await using folder = await temporaryFolder();
      const { exitCode, stderr } = await flotilla(["local", ...args, "--state", folder.path]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: "the local cloud isn't running: `npx flotilla local up` starts it",
      });
    },
  );

  it("volumes without a token is one sentence, not a stack trace", async () => {
    const { exitCode, stderr } = await flotilla(["volumes", "list"], { FLY_API_TOKEN: "" });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/FLY_API_TOKEN/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("prune asks first, and without a terminal refuses", async () => {
    const { exitCode, stderr } = await flotilla(["volumes", "prune", "iad_0_data"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--yes");
  });
});
