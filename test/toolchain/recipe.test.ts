import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { moduleFolder, toolFolder } from "../../toolchain/cache.ts";
import { buildFlags } from "../../toolchain/recipe.ts";
import { recipes, toolNames } from "../../toolchain/index.ts";

test.for(toolNames)("%s has the version and package of its Go module", async (name, { expect }) => {
  const recipe = recipes[name];
  const text = await readFile(join(moduleFolder(name), "go.mod"), "utf8");
  expect(text).toContain(`\ntool ${recipe.package}\n`);
  const [, module = "", version] = /^require (\S+) v(\S+)$/m.exec(text) ?? [];
  expect(recipe.package.startsWith(module)).toBe(true);
  expect(version).toBe(recipe.version);
});

test("the engine and the npm packages are one version", async ({ expect }) => {
  const text = await readFile(join(import.meta.dirname, "../../package.json"), "utf8");
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  expect(dependencies["pulumi"]).toBe(recipes.pulumi.version);
  expect(dependencies["@pulumi/pulumi"]).toBe(recipes.pulumi.version);
  expect(buildFlags(recipes.pulumi).join(" ")).toContain(`Version=v${recipes.pulumi.version}`);
});

test("FLOTILLA_CACHE wins over XDG_CACHE_HOME, which wins over the home folder", async ({
  expect,
}) => {
  const folder = /^nats-server-2\.14\.5-[0-9a-f]{16}$/;
  const cases = [
    [{ HOME: "/h", XDG_CACHE_HOME: "/x", FLOTILLA_CACHE: "/f" }, "/f/tools/"],
    [{ HOME: "/h", XDG_CACHE_HOME: "/x" }, "/x/flotilla/tools/"],
    [{ HOME: "/h" }, "/h/.cache/flotilla/tools/"],
  ] as const;
  for (const [env, start] of cases) {
    const path = await toolFolder("nats-server", env);
    expect(path.startsWith(start)).toBe(true);
    expect(path.slice(start.length)).toMatch(folder);
  }
  const engine = await toolFolder("pulumi", { HOME: "/h" });
  expect(await toolFolder("pulumi-language-nodejs", { HOME: "/h" })).toBe(engine);
});
