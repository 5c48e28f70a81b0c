import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { languageHostWrapper, wrapperName } from "./language-host.ts";
import { buildFlags, recipes } from "./recipe.ts";
import type { Recipe } from "./recipe.ts";
import type { ToolName } from "./tool.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where tools are kept, shared by all checkouts: `FLOTILLA_CACHE`, else `$XDG_CACHE_HOME/flotilla`, else `~/.cache/flotilla`. */
export function cacheRoot(env: Environment): string {
  if (env["FLOTILLA_CACHE"]) return env["FLOTILLA_CACHE"];
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "flotilla");
}

/** Folder of the Go module that pins a tool. */
export function moduleFolder(name: ToolName): string {
  return join(import.meta.dirname, "go", name);
}

/** Go's names for this platform. */
export function goPlatform(): { readonly os: string; readonly arch: string } {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  return { os: process.platform === "win32" ? "windows" : process.platform, arch };
}

/**
 * Cache folder of a tool: `<name>-<version>-<hash>`, the hash over everything that decides the bytes. The engine
 * looks for its language host beside itself, so these two share a folder.
 */
export async function toolFolder(name: ToolName, env: Environment): Promise<string> {
  const pair = name === "pulumi" || name === "pulumi-language-nodejs";
  const hash = createHash("sha256");
  const parts = pair ? [recipes.pulumi, recipes["pulumi-language-nodejs"]] : [recipes[name]];
  for (const recipe of parts) await addRecipe(hash, recipe);
  if (pair) hash.update(languageHostWrapper);
  const { os, arch } = goPlatform();
  hash.update(`${os}/${arch}`);
  const { name: folder, version } = parts[0] ?? recipes[name];
  return join(cacheRoot(env), "tools", `${folder}-${version}-${hash.digest("hex").slice(0, 16)}`);
}

async function addRecipe(hash: ReturnType<typeof createHash>, recipe: Recipe): Promise<void> {
  hash.update(JSON.stringify([recipe.package, recipe.binary, ...buildFlags(recipe)]));
  const folder = moduleFolder(recipe.name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  for (const file of files.sort()) {
    hash.update(`\0${file.slice(folder.length)}\0`);
    hash.update(await readFile(file));
  }
}

/** The executable of a tool in its cache folder: there only when it is complete, because it is renamed into place last. */
export function executableIn(folder: string, name: ToolName): string {
  return join(folder, name === "pulumi-language-nodejs" ? wrapperName : recipes[name].binary);
}

/** Whether a path is a non-empty file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    const info = await stat(path);
    return info.isFile() && info.size > 0;
  } catch {
    return false;
  }
}
