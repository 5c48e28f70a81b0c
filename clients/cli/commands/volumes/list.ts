import type { Command } from "commander";
import { listVolumes } from "../../../../providers/fly/retained-volumes.ts";
import { jsonOption, specsOption } from "../../command-line/options.ts";
import { formatTable } from "../../output/table.ts";
import { requireAppName } from "../../specs/fleet.ts";

/** `flotilla volumes list`. */
export function define(command: Command): void {
  command.addOption(specsOption()).addOption(jsonOption()).action(printVolumes);
}

async function printVolumes({
  specs,
  json,
}: {
  readonly specs: string;
  readonly json?: true;
}): Promise<void> {
  const app = requireAppName(specs);
  const volumes = await listVolumes(app);
  if (json) {
    console.log(JSON.stringify({ app, volumes }, null, 2));
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
