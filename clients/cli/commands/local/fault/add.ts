import type { Command } from "commander";
import { addFaults, stateFolder } from "../../../../../local-up/index.ts";
import type { FaultOverrides } from "../../../../../local-up/index.ts";
import { localStateOption, parseNumber } from "../../../command-line/options.ts";

/** `flotilla local fault add FAULT`: prints each added rule after its id. */
export function define(command: Command): void {
  command
    .argument("<fault>", "a preset, plan:SEED, or a rule as JSON")
    .option(
      "--method <method>",
      "methods of the calls, instead of the preset's own: POST, or POST,PUT",
    )
    .option("--path <regex>", "paths of the calls, instead of the preset's own")
    .option("--times <n>", "how often the fault is applied", parseNumber)
    .option("--skip <n>", "how many matching calls pass first", parseNumber)
    .option("--rate <share>", "share of the matching calls, 0 to 1", parseNumber)
    .option("--seed <n>", "seed of the random choice that --rate makes", parseNumber)
    .option("--ms <n>", "how long the effect lasts, in milliseconds", parseNumber)
    .addOption(localStateOption())
    .action(add);
}

async function add(
  fault: string,
  { state, ...overrides }: FaultOverrides & { readonly state?: string },
): Promise<void> {
  const added = await addFaults(stateFolder(state), fault, overrides);
  for (const { id, rule } of added) console.log(`${id}  ${JSON.stringify(rule)}`);
  if (added.length === 0) console.log("this plan has no faults");
}
