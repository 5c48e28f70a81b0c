import { executableIn, isExecutable, toolFolder } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { findUserTools } from "./user-tools.ts";
import { recipes, toolNames } from "./recipe.ts";
import type { ToolName } from "./recipe.ts";
import type { FoundTools, Tool } from "./tool.ts";

/** Finds tools without building any: the user's own first, then the cache. A tool that neither has is left out. */
export async function findTools(
  names: readonly ToolName[] = toolNames,
  env: Environment = process.env,
): Promise<FoundTools> {
  const { tools, warnings } = await findUserTools(names, env);
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
