import type { Command } from "commander";
import { killHost, stateFolder } from "../../../../local-up/index.ts";
import { localStateOption } from "../../command-line/options.ts";

/** `flotilla local kill HOST`. */
export function define(command: Command): void {
  command
    .argument("<host>", "e.g. iad-0")
    .addOption(localStateOption())
    .action(async (host: string, { state }: { readonly state?: string }) => {
      const { id, region } = await killHost(stateFolder(state), host);
      console.log(
        `Machine ${host} (${id}) is destroyed; \`pulumi up -s ${region}\` creates it again`,
      );
    });
}
