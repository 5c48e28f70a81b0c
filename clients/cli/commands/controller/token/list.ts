import type { Command } from "commander";
import { listTokens } from "../../../../../controller/index.ts";
import { controllerStateOption, jsonOption } from "../../../command-line/options.ts";
import { controllerDir } from "../../../command-line/project.ts";
import { formatTable } from "../../../output/table.ts";

/** `flotilla controller token list`. */
export function define(command: Command): void {
  command.addOption(jsonOption()).addOption(controllerStateOption()).action(printTokens);
}

async function printTokens({
  json,
  state,
}: {
  readonly json?: true;
  readonly state?: string;
}): Promise<void> {
  const tokens = await listTokens(controllerDir(state));
  if (json) {
    console.log(JSON.stringify({ tokens }, null, 2));
    return;
  }
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.role,
    token.created_at,
    token.revoked_at ?? "",
  ]);
  console.log(formatTable([["id", "name", "role", "created", "revoked"], ...rows]));
}
