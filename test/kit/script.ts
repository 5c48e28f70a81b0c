import { chmod, writeFile } from "node:fs/promises";

/** Writes an executable `sh` script. */
export async function writeScript(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${lines.join("\n")}\n`);
  await chmod(path, 0o755);
}
