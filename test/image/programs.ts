import { ensureTools } from "../../toolchain/index.ts";
import type { ToolName } from "../../toolchain/index.ts";

/** The repository's `image/`: what a Machine carries under `/flotilla`. */
export const imageFolder = new URL("../../image", import.meta.url).pathname;

/** Long enough for a first build of a service program on a small machine. */
export const buildTimeoutMs = 600_000;

/** Paths of the real programs, built if need be. */
export async function programPaths<N extends ToolName>(
  names: readonly N[],
): Promise<Record<N, string>> {
  const tools = await ensureTools(names, {
    onProgress: (event) => {
      if (event.kind === "done") console.log(`built ${event.tool} ${event.version}`);
    },
  });
  // fromEntries forgets the names.
  return Object.fromEntries(names.map((name) => [name, tools[name].path])) as Record<N, string>;
}
