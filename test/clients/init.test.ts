import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, test } from "vitest";
import { specJsonSchema, validate } from "../../compiler/compile.ts";
import { readSpecs } from "../../fixtures/sample-specs.ts";
import { root } from "../../fixtures/project-root.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

interface Run {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function flotilla(...args: readonly string[]): Promise<Run> {
  return await execa(process.execPath, [join(root, "clients/cli/flotilla.ts"), ...args], {
    cwd: root,
    reject: false,
  });
}

describe("flotilla init", () => {
  test("writes a spec with nothing wrong, and says what to do next", async ({ expect }) => {
    const folder = join(scratchFolder(), "new/specs");
    const run = await flotilla("init", folder);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toContain(`npx flotilla validate ${folder}`);
    expect(validate(readSpecs(folder))).toEqual([]);
    const checked = await flotilla("validate", folder);
    expect(checked).toMatchObject({ exitCode: 0, stderr: "" });
    expect(checked.stdout).toBe(`${folder}: 5 documents are valid`);
  });

  test("what it offers as a comment is valid, too", async ({ expect }) => {
    const folder = join(scratchFolder(), "specs");
    await flotilla("init", folder);
    const offered = readSpecs(folder).map(({ path, text }) => ({
      path,
      text: text.replace(/^# (?=backup:| {2})/gm, ""),
    }));
    expect(offered.some(({ text }) => /^backup:$/m.test(text))).toBe(true);
    expect(validate(offered)).toEqual([]);
  });

  test("every file points an editor to the schema beside it", async ({ expect }) => {
    const folder = join(scratchFolder(), "specs");
    await flotilla("init", folder);
    for (const { path, text } of readSpecs(folder)) {
      const [, to] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
      const schema = await readFile(join(folder, path, "..", to ?? "missing"), "utf8");
      expect(JSON.parse(schema)).toEqual(specJsonSchema());
    }
  });

  test("a folder that has other files is fine", async ({ expect }) => {
    const folder = scratchFolder();
    await writeFile(join(folder, "README.md"), "mine\n");
    expect(await flotilla("init", folder)).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(folder, "README.md"), "utf8")).toBe("mine\n");
  });

  test.for(["fleet.yaml", "services/web.yml", "schema.json"])(
    "refuses a folder with %s and leaves it as it was",
    async (taken, { expect }) => {
      const folder = scratchFolder();
      await mkdir(join(folder, "services"));
      await writeFile(join(folder, taken), "mine\n");
      const before = await readdir(folder, { recursive: true });
      const run = await flotilla("init", folder);
      expect(run).toMatchObject({ exitCode: 2, stdout: "" });
      expect(run.stderr).toContain(`${join(folder, taken)} is there already`);
      expect(await readdir(folder, { recursive: true })).toEqual(before);
      expect(await readFile(join(folder, taken), "utf8")).toBe("mine\n");
    },
  );

  test("a place that can't be a folder is the user's mistake, in one sentence", async ({
    expect,
  }) => {
    const folder = scratchFolder();
    await writeFile(join(folder, "file"), "");
    const named = await flotilla("init", join(folder, "file"));
    expect(named).toMatchObject({ exitCode: 2, stdout: "" });
    expect(named.stderr).toContain("is not a folder");
    const below = await flotilla("init", join(folder, "file/specs"));
    expect(below).toMatchObject({ exitCode: 2, stdout: "" });
    expect(below.stderr).toMatch(/^the starter spec can't be written to .*ENOTDIR.*$/);
    expect(await flotilla("init")).toMatchObject({ exitCode: 2 });
  });
});

describe("flotilla regions", () => {
  test("tells a pipeline which stacks there are and which region goes first", async ({
    expect,
  }) => {
    const specs = ["--specs", "fixtures/specs"];
    const run = await flotilla("regions", "--json", ...specs);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(run.stdout)).toEqual({
      stacks: ["global", "fra", "iad"],
      canary: "fra",
      rest: ["iad"],
    });
    expect((await flotilla("regions", ...specs)).stdout).toBe("fra\niad");
  });

  test("a spec with a mistake has no regions", async ({ expect }) => {
    const folder = scratchFolder();
    await writeFile(join(folder, "fleet.yaml"), "kind: Flet\n");
    const run = await flotilla("regions", "--json", "--specs", folder);
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("E112");
  });
});
