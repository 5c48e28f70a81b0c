import type { Command } from "commander";
import { listFaults, stateFolder } from "../../../../../local-up/index.ts";
import { jsonOption, localStateOption } from "../../../command-line/options.ts";
import { formatTable } from "../../../output/table.ts";

/** `flotilla local fault list`. */
export function define(command: Command): void {
  command.addOption(jsonOption()).addOption(localStateOption()).action(printFaults);
}

async function printFaults({
  json,
  state,
}: {
  readonly json?: true;
  readonly state?: string;
}): Promise<void> {
  const faults = await listFaults(stateFolder(state));
  if (json) {
    console.log(JSON.stringify({ faults }, null, 2));
    return;
  }
  const rows = faults.map((fault) => [
    fault.id,
    fault.preset ?? fault.effect ?? `${fault.when ?? ""} ${JSON.stringify(fault.action)}`,
    fault.method,
    fault.path,
    `${fault.hits}${fault.times === undefined ? "" : `/${fault.times}`}`,
  ]);
  console.log(formatTable([["id", "fault", "method", "path", "applied"], ...rows]));
}
