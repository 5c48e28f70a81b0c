import { rolloutOrder } from "../../../compiler/compile.ts";
import { formatReport } from "../output/diagnostics-text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/**
 * `flotilla regions`: the fleet's region codes in the order changes should reach them. With `json` what a pipeline
 * needs: `{ stacks, canary, rest }`, where `stacks` is `global` and every region, `canary` the region to change
 * first, and `rest` those that may follow at once.
 *
 * @returns the exit code: 2 when the spec has an error
 */
export function runRegions(folder: string, json: boolean): 0 | 2 {
  const files = readSpecs(folder);
  const order = rolloutOrder(files);
  if (!order.ok) {
    console.error(formatReport(order.diagnostics, files, folder));
    return 2;
  }
  const [canary, ...rest] = order.regions;
  if (json) console.log(JSON.stringify({ stacks: ["global", ...order.regions], canary, rest }));
  else console.log(order.regions.join("\n"));
  return 0;
}
