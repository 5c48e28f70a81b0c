import type { Command } from "commander";
import { revokeToken } from "../../../../../controller/index.ts";
import { controllerStateOption } from "../../../command-line/options.ts";
import { controllerDir } from "../../../command-line/project.ts";

/** `flotilla controller token revoke ID`. */
export function define(command: Command): void {
  command
    .argument("<id>", "as `flotilla controller token list` shows it")
    .addOption(controllerStateOption())
    .action(async (id: string, { state }: { readonly state?: string }) => {
      const { name, role } = await revokeToken(controllerDir(state), id);
      console.log(`the token of ${name} (${role}) is revoked`);
    });
}
