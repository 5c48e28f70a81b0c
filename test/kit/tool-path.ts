import { findTools } from "../../toolchain/index.ts";
import type { ToolName } from "../../toolchain/index.ts";

/** Path of a program that a test needs; a test without it fails and says what to do. */
export async function toolPath(name: ToolName): Promise<string> {
  const { tools } = await findTools([name]);
  const tool = tools[name];
  if (tool === undefined)
    throw new Error(`${name} is not installed: run \`npx flotilla toolchain install\``);
  return tool.path;
}
