import type { Command } from "commander";
import { rolloutOrder } from "../../../compiler/compile.ts";
import { jsonOption, specsOption } from "../command-line/options.ts";
import { formatReport } from "../output/diagnostics-text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/**
 * `flotilla regions`: exits with 2 when the spec has an error. With `--json` it prints what a pipeline needs,
 * `{ stacks, canary, rest }`: `stacks` is `global` and every region, `canary` the region to change first, `rest` the
 * regions that may follow at once.
 */
export function define(command: Command): void {
  command.addOption(specsOption()).addOption(jsonOption()).action(printRegions);
}

function printRegions({ specs, json }: { readonly specs: string; readonly json?: true }): void {
  const files = readSpecs(specs);
  const order = rolloutOrder(files);
  if (!order.ok) {
    process.exitCode = 2;
    console.error(formatReport(order.diagnostics, files, specs));
    return;
  }
  const [canary, ...rest] = order.regions;
  if (json) console.log(JSON.stringify({ stacks: ["global", ...order.regions], canary, rest }));
  else console.log(order.regions.join("\n"));
}
