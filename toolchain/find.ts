import { executableIn, isExecutable, toolFolder } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { findOwnTools } from "./user-tools.ts";
import { recipes } from "./recipe.ts";
import { toolNames } from "./tool.ts";
import type { Tool, ToolName } from "./tool.ts";

export interface FoundTools {
  readonly tools: Readonly<Partial<Record<ToolName, Tool>>>;
  /** What was seen on PATH and can't be used, in sentences. */
  readonly warnings: readonly string[];
}

/** Looks for tools without building any: the user's own first, then the cache. A tool that isn't in `tools` is missing. */
export async function findTools(
  names: readonly ToolName[] = toolNames,
  env: Environment = process.env,
): Promise<FoundTools> {
  const { tools, warnings } = await findOwnTools(names, env);
  const missing = names.filter((name) => tools[name] === undefined);
  const cached = await Promise.all(missing.map((name) => findCached(name, env)));
  return {
    tools: { ...tools, ...Object.fromEntries(cached.flat().map((tool) => [tool.name, tool])) },
    warnings,
  };
}

async function findCached(name: ToolName, env: Environment): Promise<Tool[]> {
  const path = executableIn(await toolFolder(name, env), name);
  if (!(await isExecutable(path))) return [];
  return [{ name, version: recipes[name].version, path, source: "cache" }];
}
