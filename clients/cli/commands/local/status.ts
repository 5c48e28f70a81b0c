import type { Command } from "commander";
import { readCloudStatus, stateFolder } from "../../../../local-up/index.ts";
import { jsonOption, localStateOption } from "../../command-line/options.ts";
import { formatTable } from "../../output/table.ts";

/** `flotilla local status`. */
export function define(command: Command): void {
  command.addOption(jsonOption()).addOption(localStateOption()).action(printLocalStatus);
}

async function printLocalStatus({
  json,
  state,
}: {
  readonly json?: true;
  readonly state?: string;
}): Promise<void> {
  const status = await readCloudStatus(stateFolder(state));
  const { tokens: _, ...info } = status.info;
  if (json) {
    console.log(JSON.stringify({ ...status, info }, null, 2));
    return;
  }
  const hosts = status.machines.map((machine) => [
    machine.name,
    machine.region,
    machine.cordoned ? `${machine.state} (cordoned)` : machine.state,
    `${machine.checks.filter(({ status: check }) => check === "passing").length}/${machine.checks.length}`,
    machine.address ?? "",
    machine.id,
  ]);
  console.log(formatTable([["host", "region", "state", "checks", "address", "machine"], ...hosts]));
  console.log();
  console.log(
    formatTable([
      ["Fly API", info.fly],
      ["Cloudflare API", info.cloudflare],
      ...info.edges.map(({ region, url }) => [`edge near ${region}`, url]),
      ["CA root", info.caFile],
    ]),
  );
}
