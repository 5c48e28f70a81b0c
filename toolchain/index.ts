/** Obtains the programs that flotilla drives: the user's own first, else built from pinned Go modules. */
export { cacheRoot } from "./cache.ts";
export { ensureTools } from "./ensure.ts";
export type { EnsureOptions } from "./ensure.ts";
export { ToolchainError } from "./error.ts";
export { findTools } from "./find.ts";
export type { FoundTools } from "./find.ts";
export { assertNode } from "./node-version.ts";
export { createProgressText, formatToolEvent } from "./progress.ts";
export type { BuildPhase, ProgressOutput, ToolEvent } from "./progress.ts";
export { preparePulumiHome } from "./pulumi-home.ts";
export { recipes } from "./recipe.ts";
export { toolNames } from "./tool.ts";
export type { Tool, ToolName } from "./tool.ts";
