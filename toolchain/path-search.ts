import { open, realpath } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { cacheRoot, isExecutable } from "./cache.ts";
import type { Environment } from "./cache.ts";

/** A program on PATH: where it was found, and the file behind all links. */
export interface PathProgram {
  readonly path: string;
  readonly real: string;
}

/** Returns all programs of this name on PATH, in its order, links included. */
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
 * Returns the native programs of this name on PATH that the user has installed. Left out: programs of npm packages
 * (npm's `pulumi` is a script that downloads), scripts of version managers, and programs of our cache (`npx pulumi` puts
 * its folder on PATH).
 */
export async function userProgramsOnPath(name: string, env: Environment): Promise<PathProgram[]> {
  const ours = await realpath(cacheRoot(env)).catch(() => cacheRoot(env));
  const found: PathProgram[] = [];
  for (const program of await programsOnPath(name, env)) {
    if (isInNodeModules(program.path) || isInNodeModules(program.real)) continue;
    if (program.real.startsWith(ours + sep) || found.some((other) => other.real === program.real))
      continue;
    if (await isNative(program.real)) found.push(program);
  }
  return found;
}

function isInNodeModules(path: string): boolean {
  return path.split(sep).includes("node_modules");
}

/** Returns whether a file isn't a `#!` script. */
export async function isNative(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString("latin1") !== "#!";
  } finally {
    await file.close();
  }
}
