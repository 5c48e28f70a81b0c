import type { Command } from "commander";
import { addControllerOptions } from "../../command-line/options.ts";
import { openController } from "../../controller-api/client.ts";
import type { ControllerFlags } from "../../controller-api/client.ts";

/** `flotilla scale end ID`. */
export function define(command: Command): void {
  addControllerOptions(command)
    .argument("<id>", "as `flotilla scale burst` printed it")
    .action(async (id: string, flags: ControllerFlags) => {
      const { service, region } = await openController(flags).endBurst(id);
      console.log(`burst ${id} has ended: ${service} in ${region} returns to the count without it`);
    });
}
