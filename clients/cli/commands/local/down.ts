import type { Command } from "commander";
import { stateFolder, takeDown } from "../../../../local-up/index.ts";
import { localStateOption } from "../../command-line/options.ts";

/** `flotilla local down`. */
export function define(command: Command): void {
  command
    .option("--purge", "remove the state, too: Machines, volumes, stacks, keys")
    .addOption(localStateOption())
    .action(stopLocal);
}

async function stopLocal({
  purge = false,
  state,
}: {
  readonly purge?: boolean;
  readonly state?: string;
}): Promise<void> {
  await takeDown(stateFolder(state), purge);
  console.log(purge ? "stopped, and its state is removed" : "stopped; its state is kept");
}
