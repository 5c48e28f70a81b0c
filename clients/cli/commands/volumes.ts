import { confirm, isCancel } from "@clack/prompts";
import { listVolumes, pruneVolume } from "../../../providers/fly/volumes.ts";
import { UserError } from "../command-line/failure.ts";
import { compileAll } from "../../../local-up/compiled-fleet.ts";
import { formatTable } from "../output/table.ts";

/** `flotilla volumes list`: what the app of the specs has, attached or kept. */
export async function runVolumesList(specs: string, json: boolean): Promise<void> {
  const { name } = compileAll(specs).global.app;
  const volumes = await listVolumes(name);
  if (json) {
    console.log(JSON.stringify({ app: name, volumes }, null, 2));
    return;
  }
  const rows = volumes.map((volume) => [
    volume.name,
    volume.region,
    `${volume.sizeGb} GB`,
    volume.state,
    volume.attachedTo ?? "unattached",
    volume.id,
  ]);
  console.log(formatTable([["volume", "region", "size", "state", "machine", "id"], ...rows]));
}

/** `flotilla volumes prune NAME`: the one way to delete data, and it asks first. */
export async function runVolumesPrune(specs: string, volume: string, yes: boolean): Promise<void> {
  const { name } = compileAll(specs).global.app;
  if (!yes) {
    if (!process.stdin.isTTY) {
      throw new UserError(
        `deleting volume ${volume} needs a yes: run it on a terminal or with --yes`,
      );
    }
    const answer = await confirm({
      message: `Delete volume ${volume} of app ${name} with all its data?`,
      initialValue: false,
    });
    if (isCancel(answer) || !answer) throw new UserError("nothing was deleted");
  }
  const deleted = await pruneVolume(name, volume);
  console.log(`volume ${deleted.name} (${deleted.id}) in ${deleted.region} is deleted`);
}
