import type { Command } from "commander";
import { publishJob, stateFolder } from "../../../../local-up/index.ts";
import { localStateOption } from "../../command-line/options.ts";

/** `flotilla local publish REGION TEXT`: prints what the stream answered. */
export function define(command: Command): void {
  command
    .argument("<region>", "region whose worker gets the job, e.g. iad")
    .argument("<text>", "text of the job")
    .addOption(localStateOption())
    .action(async (region: string, text: string, { state }: { readonly state?: string }) => {
      await publishJob(stateFolder(state), region, text);
    });
}
