import { constants } from "node:fs";
import { access, readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../lib/hash.ts";
import { languageHostWrapper, wrapperName } from "./language-host.ts";
import { buildFlags, recipes } from "./recipe.ts";
import type { Recipe, ToolName } from "./recipe.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the folder of all cached tools, which checkouts share: `FLOTILLA_CACHE`, else `$XDG_CACHE_HOME/flotilla`, else
 * `~/.cache/flotilla`.
 */
export function cacheRoot(env: Environment): string {
  if (env["FLOTILLA_CACHE"]) return env["FLOTILLA_CACHE"];
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "flotilla");
}

/** Returns the folder of the Go module that pins a tool. */
export function moduleFolder(name: ToolName): string {
  return join(import.meta.dirname, "go", name);
}

/** Returns Go's names for this platform. */
export function goPlatform(): { readonly os: string; readonly arch: string } {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  return { os: process.platform === "win32" ? "windows" : process.platform, arch };
}

/**
 * Returns the cache folder of a tool: `<name>-<version>-<hash>`, the hash over everything that decides the bytes. The
 * engine looks for its language host beside itself, so these two share a folder.
 */
export async function toolFolder(name: ToolName, env: Environment): Promise<string> {
  const pair = name === "pulumi" || name === "pulumi-language-nodejs";
  const built = pair ? [recipes.pulumi, recipes["pulumi-language-nodejs"]] : [recipes[name]];
  const sources = await Promise.all(built.map(sourceText));
  const { os, arch } = goPlatform();
  const hash = sha256([...sources, pair ? languageHostWrapper : "", `${os}/${arch}`].join(""));
  const { name: folder, version } = built[0] ?? recipes[name];
  return join(cacheRoot(env), "tools", `${folder}-${version}-${hash.slice(0, 16)}`);
}

/** Returns all that a tool is built from as one text: how, and the files of its Go module. */
async function sourceText(recipe: Recipe): Promise<string> {
  const how = JSON.stringify([recipe.package, recipe.binary, ...buildFlags(recipe)]);
  const folder = moduleFolder(recipe.name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  const texts = await Promise.all(
    files
      .sort()
      .map(async (file) => `\0${file.slice(folder.length)}\0${await readFile(file, "utf8")}`),
  );
  return [how, ...texts].join("");
}

/**
 * Returns the path of a tool in its cache folder. The file exists only once the tool is complete, because it is renamed
 * into place last.
 */
export function executableIn(folder: string, name: ToolName): string {
  return join(folder, name === "pulumi-language-nodejs" ? wrapperName : recipes[name].binary);
}

/** Returns whether a path is a non-empty file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    const info = await stat(path);
    return info.isFile() && info.size > 0;
  } catch {
    return false;
  }
}
