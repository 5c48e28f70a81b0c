import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { addControllerOptions, jsonOption } from "../command-line/options.ts";
import { openController } from "../controller-api/client.ts";
import type { ControllerFlags } from "../controller-api/client.ts";
import { formatStatus } from "../output/status-text.ts";

const WATCH_MS = 1_000;

/** `flotilla status`. */
export function define(command: Command): void {
  addControllerOptions(command)
    .option("--watch", "show every change until Ctrl-C")
    .addOption(jsonOption())
    .action(printStatus);
}

async function printStatus(
  flags: ControllerFlags & { readonly watch?: true; readonly json?: true },
): Promise<void> {
  const api = openController(flags);
  let shown = "";
  for (;;) {
    const status = await api.status();
    if (!flags.watch) {
      console.log(flags.json ? JSON.stringify(status, null, 2) : formatStatus(status));
      return;
    }
    // A terminal is redrawn; elsewhere each change is printed below the last one. The time alone is no change.
    const text = flags.json ? JSON.stringify({ ...status, as_of: "" }) : formatStatus(status);
    const clear = process.stdout.isTTY && !flags.json ? "\u001b[2J\u001b[H" : "";
    if (text !== shown) console.log(`${clear}${flags.json ? JSON.stringify(status) : text}`);
    shown = text;
    await setTimeout(WATCH_MS);
  }
}
