import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { SpecFile } from "../../compiler/compile.ts";

/** Writes `specs/…` files as they lie in a spec folder. */
export async function writeSpecFolder(folder: string, files: readonly SpecFile[]): Promise<void> {
  for (const { path, text } of files) {
    const target = join(folder, relative("specs", path));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}
