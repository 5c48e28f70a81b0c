/** The façade of the toolchain, which obtains the programs that flotilla runs. */
export { ensureTools } from "./ensure.ts";
export { ToolchainError } from "./error.ts";
export { findTools } from "./find.ts";
export { assertNode } from "./node-version.ts";
export { createProgressText } from "./progress.ts";
export type { ToolEvent } from "./progress.ts";
export { preparePulumiHome } from "./pulumi-home.ts";
export { recipes, toolNames } from "./recipe.ts";
export type { ToolName } from "./recipe.ts";
