/**
 * The local cloud as a process of its own: `node local/cloud/entry.ts OPTIONS.json`. Options hold no secret. It ends on
 * SIGTERM, SIGINT, `POST /_local/stop`, or when its standard input closes, if asked to; each time in order.
 */
import { readFileSync } from "node:fs";
import { messageOf } from "../../lib/message-of.ts";
import { cloudOptionsSchema } from "./options.ts";
import type { CloudMessage } from "./message.ts";
import { runCloud } from "./run.ts";

await main();

async function main(): Promise<void> {
  try {
    const path = process.argv[2];
    if (path === undefined) throw new Error("usage: node local/cloud/entry.ts OPTIONS.json");
    const options = cloudOptionsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    // Before the first await: who started it may already be gone.
    const asked = Promise.withResolvers<void>();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
      process.on(signal, asked.resolve);
    if (options.untilStdinCloses) {
      process.stdin.resume();
      process.stdin.on("close", asked.resolve);
    }
    const cloud = await runCloud(options);
    await tell({ kind: "ready", info: cloud.info });
    await Promise.race([asked.promise, cloud.stopped]);
    await cloud.close();
    process.exit(0);
  } catch (error) {
    console.error(error);
    await tell({ kind: "failed", message: messageOf(error) });
    process.exit(1);
  }
}

/** To `spawnCloud`, when that is what started it. */
async function tell(message: CloudMessage): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  const sent = Promise.withResolvers<void>();
  process.send(message, undefined, undefined, () => sent.resolve());
  await sent.promise;
}
