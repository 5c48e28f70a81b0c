import type { Command } from "commander";
import { jsonOption } from "../../command-line/options.ts";
import { printTools } from "../../output/tools-text.ts";

/** `flotilla toolchain list`: builds nothing. */
export function define(command: Command): void {
  command
    .addOption(jsonOption())
    .action(({ json }: { readonly json?: true }) => printTools(json ?? false));
}
