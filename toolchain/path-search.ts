import { open, realpath } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { cacheRoot, isExecutable } from "./cache.ts";
import type { Environment } from "./cache.ts";

/** A program on PATH: where it was found, and the file behind all links. */
export interface PathProgram {
  readonly path: string;
  readonly real: string;
}

/** All programs of this name on PATH, in order, links included. */
export async function programsOnPath(name: string, env: Environment): Promise<PathProgram[]> {
  const found: PathProgram[] = [];
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name);
    if (await isExecutable(path)) found.push({ path, real: await realpath(path) });
  }
  return found;
}

/**
 * Native programs on PATH that are the user's own: not what an npm package put there (npm's `pulumi` is a script
 * that downloads), not a version manager's script, and not ours (`npx pulumi` puts its folder on PATH).
 */
export async function ownProgramsOnPath(name: string, env: Environment): Promise<PathProgram[]> {
  const ours = await realpath(cacheRoot(env)).catch(() => cacheRoot(env));
  const own: PathProgram[] = [];
  for (const program of await programsOnPath(name, env)) {
    if (isInNodeModules(program.path) || isInNodeModules(program.real)) continue;
    if (program.real.startsWith(ours + sep) || own.some((o) => o.real === program.real)) continue;
    if (await isNative(program.real)) own.push(program);
  }
  return own;
}

function isInNodeModules(path: string): boolean {
  return path.split(sep).includes("node_modules");
}

/** Whether a file is something else than a `#!` script. */
export async function isNative(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString("latin1") !== "#!";
  } finally {
    await file.close();
  }
}
