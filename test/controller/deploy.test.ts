import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { root } from "../../fixtures/project-root.ts";

const cli = join(root, "clients/cli/flotilla.ts");

/** By command: pages name the same commands again and again. */
const helpTexts = new Map<string, Promise<string>>();

async function help(...command: string[]): Promise<string> {
  const key = command.join(" ");
  const text = helpTexts.get(key) ?? printHelp(command);
  helpTexts.set(key, text);
  return text;
}

async function printHelp(command: readonly string[]): Promise<string> {
  return (await execa(process.execPath, [cli, ...command, "--help"])).stdout;
}

test("the image copies what is there and starts the command as it is", async () => {
  const text = await readFile(join(root, "deploy/controller/Dockerfile"), "utf8");
  const own = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = ""]) =>
    paths.split(" "),
  );
  expect(own.length).toBeGreaterThan(3);
  for (const path of own) expect((await stat(join(root, path))).size).toBeGreaterThan(0);
  const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(text) ?? [];
  const [node, program = "", ...command] = JSON.parse(entry) as string[];
  expect(node).toBe("node");
  expect(join(root, program)).toBe(cli);
  expect(command.slice(0, 3)).toEqual(["controller", "serve", "--state"]);
});

test("every option of fly.toml is one of the command", async () => {
  const toml = await readFile(join(root, "deploy/controller/fly.toml"), "utf8");
  const text = await help("controller", "serve");
  const options = toml.match(/--[a-z-]+/g) ?? [];
  expect(options).toContain("--remote");
  for (const option of options) expect(text).toContain(option);
});

test.each(["deploy/controller/README.md", "docs/who-runs-up.md", "README.md"])(
  "the controller's commands in %s exist, with their options",
  async (page) => {
    const text = await readFile(join(root, page), "utf8");
    const calls = [
      ...text.matchAll(
        /flotilla ((?:controller|scale|status|pause|reconcile)(?: [a-z]+)*)((?: [^`\n|"]*)?)/g,
      ),
    ];
    expect(calls.length).toBeGreaterThan(0);
    for (const [, words = "", rest = ""] of calls) {
      const command = words.split(" ").slice(0, words.startsWith("controller token") ? 3 : 2);
      const shown = await help(...command.filter((word) => !["caddy"].includes(word)));
      for (const option of rest.match(/--[a-z-]+/g) ?? [])
        expect(`${page}: ${shown}`).toContain(option);
    }
  },
);
