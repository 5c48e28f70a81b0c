import { randomUUID } from "node:crypto";
import { lstat, mkdir, realpath, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ensureTools } from "./ensure.ts";
import type { EnsureOptions } from "./ensure.ts";
import { recipes } from "./recipe.ts";

/**
 * Makes `dir` a PULUMI_HOME in which `npx pulumi` finds its engine instead of downloading one:
 * `versions/<version>/bin/pulumi`, a link to the engine of {@link ensureTools}. The engine follows the link and finds
 * its language host beside its real file. An engine that the npm package `pulumi` has installed there is kept.
 */
export async function preparePulumiHome(dir: string, o: EnsureOptions = {}): Promise<void> {
  const { pulumi } = await ensureTools(["pulumi", "pulumi-language-nodejs"], o);
  const folder = join(dir, "versions", recipes.pulumi.version, "bin");
  const link = join(folder, "pulumi");
  const target = await realpath(pulumi.path);
  const present = await realpath(link).catch(() => undefined);
  if (present === target) return;
  const info = await lstat(link).catch(() => undefined);
  if (present !== undefined && info?.isSymbolicLink() === false) return;
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.pulumi.${randomUUID()}.draft`);
  try {
    await symlink(target, draft);
    await rename(draft, link);
  } finally {
    await rm(draft, { force: true });
  }
}
