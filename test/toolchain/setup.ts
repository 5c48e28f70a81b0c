import { createProgressText, ensureTools, toolNames } from "../../toolchain/index.ts";

/** Obtains all tools before any test runs, visibly: the first time that takes minutes. */
export default async function setup(): Promise<void> {
  await ensureTools(toolNames, { onProgress: createProgressText(process.stderr) });
}
