import type { Command } from "commander";
import { faultPresets } from "../../../../../local-up/index.ts";
import { formatTable } from "../../../output/table.ts";

/** `flotilla local fault presets`: works without a local cloud. */
export function define(command: Command): void {
  command.action(async () => {
    console.log(formatTable((await faultPresets()).map(({ name, about }) => [name, about])));
  });
}
