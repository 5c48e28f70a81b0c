import { resolve } from "node:path";
import type { Command } from "commander";
import { backupController } from "../../../../controller/index.ts";
import { controllerStateOption } from "../../command-line/options.ts";
import { controllerDir } from "../../command-line/project.ts";

/** `flotilla controller backup FILE`. */
export function define(command: Command): void {
  command
    .argument("<file>", "file to create; it must not exist yet")
    .addOption(controllerStateOption())
    .action(async (file: string, { state }: { readonly state?: string }) => {
      await backupController(controllerDir(state), resolve(file));
      console.log(`the store is copied to ${file}`);
    });
}
