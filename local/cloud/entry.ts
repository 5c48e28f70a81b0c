/**
 * The local cloud as a process of its own: `node local/cloud/entry.ts OPTIONS.json`. The options hold no secret. The cloud
 * stops in order on SIGTERM, SIGINT or SIGHUP, on `POST /_local/stop`, or, with `untilStdinCloses`, when its standard input closes.
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
    // Before the first await: the process that started this one may already have ended.
    const stopRequested = Promise.withResolvers<void>();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
      process.on(signal, stopRequested.resolve);
    if (options.untilStdinCloses) {
      process.stdin.resume();
      process.stdin.on("close", stopRequested.resolve);
    }
    const cloud = await runCloud(options);
    await send({ kind: "ready", info: cloud.info });
    await Promise.race([stopRequested.promise, cloud.stopped]);
    await cloud.close();
    process.exit(0);
  } catch (error) {
    console.error(error);
    await send({ kind: "failed", message: messageOf(error) });
    process.exit(1);
  }
}

/** Sends the message to `spawnCloud`, if that started this process. */
async function send(message: CloudMessage): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  const sent = Promise.withResolvers<void>();
  process.send(message, undefined, undefined, () => sent.resolve());
  await sent.promise;
}
