import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { cacheRoot, isExecutable } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { dynamicProviderName, wrapperName } from "./language-host.ts";
import { isNative, userProgramsOnPath } from "./path-search.ts";
import { recipes } from "./recipe.ts";
import type { ToolName } from "./recipe.ts";
import type { FoundTools, Tool } from "./tool.ts";
import { isAtLeast } from "./version.ts";

/** Finds the tools that the user has installed. It starts a program only when one of that name is on PATH. */
export async function findUserTools(
  names: readonly ToolName[],
  env: Environment,
): Promise<FoundTools> {
  const tools: Partial<Record<ToolName, Tool>> = {};
  const warnings: string[] = [];
  const wantsEngine = names.includes("pulumi") || names.includes("pulumi-language-nodejs");
  const servers = names.filter((name) => name !== "pulumi" && name !== "pulumi-language-nodejs");
  const found = await Promise.all([
    ...servers.map((name) => findServer(name, env, warnings)),
    ...(wantsEngine ? [findEngine(env, warnings)] : []),
  ]);
  for (const tool of found.flat()) if (names.includes(tool.name)) tools[tool.name] = tool;
  return { tools, warnings };
}

type ServerName = Exclude<ToolName, "pulumi" | "pulumi-language-nodejs">;

/** A server must have the pinned version: rendered files are checked with the program that will read them. */
async function findServer(name: ServerName, env: Environment, warnings: string[]): Promise<Tool[]> {
  const wanted = recipes[name].version;
  let refused: string | undefined;
  for (const { path } of await userProgramsOnPath(name, env)) {
    const { probeVersion } = await import("./probe.ts");
    const version = await probeVersion(name, path, env);
    if (version === wanted) return [{ name, version, path, source: "path" }];
    refused ??= `${path} is ${version ?? "of an unknown version"}, not ${wanted}: using our own ${name}`;
  }
  if (refused !== undefined) warnings.push(refused);
  return [];
}

/** Finds an official engine on PATH, or the one that the npm package `pulumi` has installed. */
async function findEngine(env: Environment, warnings: string[]): Promise<Tool[]> {
  const wanted = recipes.pulumi.version;
  let refused: string | undefined;
  for (const { path, real } of await userProgramsOnPath("pulumi", env)) {
    const { probeVersion } = await import("./probe.ts");
    const version = await probeVersion("pulumi", path, env);
    if (version === undefined || !isAtLeast(version, wanted)) {
      refused ??= `${path} is ${version ?? "of an unknown version"}, older than ${wanted}: using our own pulumi`;
      continue;
    }
    const engine = await engineTools(real, version, "path");
    if (engine.length > 0) return engine;
    refused ??= `${path} has no ${wrapperName} and ${dynamicProviderName} beside it: using our own pulumi`;
  }
  if (refused !== undefined) warnings.push(refused);
  return findNpmEngine(env);
}

async function findNpmEngine(env: Environment): Promise<Tool[]> {
  const { version } = recipes.pulumi;
  const homes = [env["PULUMI_HOME"], join(env["HOME"] || homedir(), ".pulumi")];
  const ours = await realpath(cacheRoot(env)).catch(() => cacheRoot(env));
  for (const home of homes) {
    if (!home) continue;
    const path = join(home, "versions", version, "bin", "pulumi");
    if (!(await isExecutable(path)) || !(await isNative(path))) continue;
    const real = await realpath(path);
    if (real.startsWith(ours + sep)) continue;
    const engine = await engineTools(real, version, "npm");
    if (engine.length > 0) return engine;
  }
  return [];
}

/** Returns the engine and its language host. The engine looks for it, and for the provider of dynamic resources, beside its real file. */
async function engineTools(real: string, version: string, source: "path" | "npm"): Promise<Tool[]> {
  const host = join(dirname(real), wrapperName);
  if (!(await isExecutable(host))) return [];
  if (!(await isExecutable(join(dirname(real), dynamicProviderName)))) return [];
  return [
    { name: "pulumi", version, path: real, source },
    { name: "pulumi-language-nodejs", version, path: host, source },
  ];
}
