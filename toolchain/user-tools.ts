import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { cacheRoot, isExecutable } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { dynamicProviderName, wrapperName } from "./language-host.ts";
import { isNative, ownProgramsOnPath } from "./path-search.ts";
import { recipes } from "./recipe.ts";
import type { Tool, ToolName } from "./tool.ts";
import { isAtLeast } from "./version.ts";

/** What the user has, and what was seen but can't be used, in sentences. */
export interface OwnTools {
  readonly tools: Partial<Record<ToolName, Tool>>;
  readonly warnings: readonly string[];
}

/** Looks for the user's own tools. Starts a program only when one of that name is on PATH. */
export async function findOwnTools(
  names: readonly ToolName[],
  env: Environment,
): Promise<OwnTools> {
  const tools: Partial<Record<ToolName, Tool>> = {};
  const warnings: string[] = [];
  const wantsEngine = names.includes("pulumi") || names.includes("pulumi-language-nodejs");
  const services = names.filter((name) => name !== "pulumi" && name !== "pulumi-language-nodejs");
  const found = await Promise.all([
    ...services.map((name) => findService(name, env, warnings)),
    ...(wantsEngine ? [findEngine(env, warnings)] : []),
  ]);
  for (const tool of found.flat()) if (names.includes(tool.name)) tools[tool.name] = tool;
  return { tools, warnings };
}

type ServiceName = Exclude<ToolName, "pulumi" | "pulumi-language-nodejs">;

/** Services must be of the pinned version: rendered files are checked with the binary that will read them. */
async function findService(
  name: ServiceName,
  env: Environment,
  warnings: string[],
): Promise<Tool[]> {
  const wanted = recipes[name].version;
  let refused: string | undefined;
  for (const { path } of await ownProgramsOnPath(name, env)) {
    const { probeVersion } = await import("./probe.ts");
    const version = await probeVersion(name, path, env);
    if (version === wanted) return [{ name, version, path, source: "path" }];
    refused ??= `${path} is ${version ?? "of an unknown version"}, not ${wanted}: using our own ${name}`;
  }
  if (refused !== undefined) warnings.push(refused);
  return [];
}

/** An official engine on PATH, or the one that the npm package `pulumi` has installed. */
async function findEngine(env: Environment, warnings: string[]): Promise<Tool[]> {
  const wanted = recipes.pulumi.version;
  let refused: string | undefined;
  for (const { path, real } of await ownProgramsOnPath("pulumi", env)) {
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

/** The engine looks beside its real file for its language host and for the provider of dynamic resources. */
async function engineTools(real: string, version: string, source: "path" | "npm"): Promise<Tool[]> {
  const host = join(dirname(real), wrapperName);
  if (!(await isExecutable(host))) return [];
  if (!(await isExecutable(join(dirname(real), dynamicProviderName)))) return [];
  return [
    { name: "pulumi", version, path: real, source },
    { name: "pulumi-language-nodejs", version, path: host, source },
  ];
}
