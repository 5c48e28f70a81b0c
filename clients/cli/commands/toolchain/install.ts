import type { Command } from "commander";
import { createProgressText, ensureTools, toolNames } from "../../../../toolchain/index.ts";
import { printTools } from "../../output/tools-text.ts";

/** `flotilla toolchain install`: reports each build, then lists all tools. */
export function define(command: Command): void {
  command.action(async () => {
    await ensureTools(toolNames, { onProgress: createProgressText(process.stderr) });
    await printTools(false);
  });
}
