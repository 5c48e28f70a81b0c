import type { Command } from "commander";
import { shellQuote } from "../../../../lib/shell-quote.ts";
import { localEnvironment, stateFolder } from "../../../../local-up/index.ts";
import { localStateOption, specsOption } from "../../command-line/options.ts";

/** `flotilla local env`. */
export function define(command: Command): void {
  command
    .addOption(specsOption().default(undefined))
    .addOption(localStateOption())
    .action(printExports);
}

async function printExports({
  specs,
  state,
}: {
  readonly specs?: string;
  readonly state?: string;
}): Promise<void> {
  const environment = await localEnvironment(stateFolder(state), specs);
  for (const [name, value] of Object.entries(environment))
    console.log(`export ${name}=${shellQuote(value)}`);
}
