/** `flotilla status [--watch] [--json]`. */
import { setTimeout } from "node:timers/promises";
import { openController } from "../controller-api/client.ts";
import type { ControllerFlags } from "../controller-api/client.ts";
import { formatStatus } from "../output/status-text.ts";

const WATCH_MS = 1_000;

export async function runStatus(
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
    // A new time alone is no news. On a terminal the picture is drawn anew, elsewhere what is new is printed below.
    const text = flags.json ? JSON.stringify({ ...status, as_of: "" }) : formatStatus(status);
    const clear = process.stdout.isTTY && !flags.json ? "\u001b[2J\u001b[H" : "";
    if (text !== shown) console.log(`${clear}${flags.json ? JSON.stringify(status) : text}`);
    shown = text;
    await setTimeout(WATCH_MS);
  }
}
