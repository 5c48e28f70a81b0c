import type { Command } from "commander";
import { addControllerOptions } from "../../command-line/options.ts";
import { openController } from "../../controller-api/client.ts";
import type { ControllerFlags } from "../../controller-api/client.ts";

/** `flotilla pause end ID`. */
export function define(command: Command): void {
  addControllerOptions(command)
    .argument("<id>", "as `flotilla pause start` printed it")
    .action(async (id: string, flags: ControllerFlags) => {
      await openController(flags).endPause(id);
      console.log(`pause ${id} has ended`);
    });
}
