import type { Command } from "commander";
import { clearFaults, stateFolder } from "../../../../../local-up/index.ts";
import { localStateOption } from "../../../command-line/options.ts";

/** `flotilla local fault clear [ID]`. */
export function define(command: Command): void {
  command
    .argument("[id]", "e.g. fault-1; without it all faults are removed")
    .addOption(localStateOption())
    .action(async (id: string | undefined, { state }: { readonly state?: string }) => {
      const cleared = await clearFaults(stateFolder(state), id);
      console.log(cleared === 1 ? "1 fault cleared" : `${cleared} faults cleared`);
    });
}
