/** The file in which a running controller says where it answers. */
import { existsSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const infoSchema = z.object({ url: z.string(), pid: z.int() });
type ControllerInfo = z.infer<typeof infoSchema>;

/** Returns where the controller of that state folder answers; undefined if none runs there. */
export function readController(stateDir: string): ControllerInfo | undefined {
  const file = infoFile(stateDir);
  if (!existsSync(file)) return undefined;
  const info = infoSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  try {
    process.kill(info.pid, 0);
    return info;
  } catch {
    return undefined; // The controller was killed and couldn't remove the file.
  }
}

export async function writeController(stateDir: string, url: string): Promise<void> {
  const file = infoFile(stateDir);
  const info: ControllerInfo = { url, pid: process.pid };
  await writeFile(`${file}.new`, JSON.stringify(info), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeController(stateDir: string): Promise<void> {
  await rm(infoFile(stateDir), { force: true });
}

function infoFile(stateDir: string): string {
  return join(stateDir, "controller.json");
}
