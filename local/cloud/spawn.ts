/** Starts `entry.ts` as a process and waits until it is ready. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cloudMessageSchema } from "./message.ts";
import type { CloudInfo, CloudOptions } from "./options.ts";

export async function spawnCloud(options: CloudOptions): Promise<CloudInfo> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, "options.json");
  writeFileSync(file, `${JSON.stringify({ ...options, dir }, null, 2)}\n`, { mode: 0o600 });
  const log = openSync(join(dir, "log"), "a", 0o600);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("entry.ts", import.meta.url)), file],
    {
      // A folder that stays, unlike this process's own.
      cwd: "/",
      detached: !options.untilStdinCloses,
      stdio: [options.untilStdinCloses ? "pipe" : "ignore", log, log, "ipc"],
    },
  );
  closeSync(log);
  try {
    return await ready(child, join(dir, "log"));
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
    // The pipe stays open until this process ends, but must not keep it alive.
    (child.stdin as Socket | null)?.unref();
  }
}

async function ready(child: ChildProcess, log: string): Promise<CloudInfo> {
  const message = await Promise.race([
    once(child, "message").then(([value]: unknown[]) => cloudMessageSchema.parse(value)),
    once(child, "exit").then(() => undefined),
  ]);
  if (message?.kind === "ready") return message.info;
  throw new Error(message?.message ?? `the local cloud exited before it was ready: see ${log}`);
}
