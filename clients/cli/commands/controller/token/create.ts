import { Option } from "commander";
import type { Command } from "commander";
import { makeToken } from "../../../../../controller/index.ts";
import type { Role } from "../../../../../controller/index.ts";
import { controllerStateOption } from "../../../command-line/options.ts";
import { controllerDir } from "../../../command-line/project.ts";

const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

/** `flotilla controller token create NAME`: prints the token alone on standard output. */
export function define(command: Command): void {
  command
    .argument("<name>", "holder of the token: the author of every change made with it")
    .addOption(
      new Option("--role <role>", "what the token permits").choices(ROLES).default("viewer"),
    )
    .addOption(controllerStateOption())
    .action(createToken);
}

async function createToken(
  name: string,
  { role, state }: { readonly role: Role; readonly state?: string },
): Promise<void> {
  const secret = await makeToken(controllerDir(state), name, role);
  console.error(`token of ${name}, role ${role}; it is shown this once:`);
  console.log(secret);
}
