import { confirm, isCancel } from "@clack/prompts";
import type { Command } from "commander";
import { pruneVolume } from "../../../../providers/fly/retained-volumes.ts";
import { UserError } from "../../command-line/failure.ts";
import { specsOption } from "../../command-line/options.ts";
import { requireAppName } from "../../specs/fleet.ts";

/** `flotilla volumes prune VOLUME`: the one way to delete data, which asks first. */
export function define(command: Command): void {
  command
    .argument("<volume>", "name or id, e.g. iad_0_data")
    .option("--yes", "delete without asking")
    .addOption(specsOption())
    .action(prune);
}

async function prune(
  volume: string,
  { specs, yes }: { readonly specs: string; readonly yes?: true },
): Promise<void> {
  const app = requireAppName(specs);
  if (!yes) await confirmDeletion(app, volume);
  const deleted = await pruneVolume(app, volume);
  console.log(`volume ${deleted.name} (${deleted.id}) in ${deleted.region} is deleted`);
}

/** @throws {UserError} without a terminal to ask on, or without a yes */
async function confirmDeletion(app: string, volume: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new UserError(
      `deleting volume ${volume} needs a yes: run the command on a terminal or with --yes`,
    );
  const answer = await confirm({
    message: `Delete volume ${volume} of app ${app} with all its data?`,
    initialValue: false,
  });
  if (isCancel(answer) || !answer) throw new UserError("nothing was deleted");
}
