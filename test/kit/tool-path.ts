import { findTools } from "../../toolchain/index.ts";
import type { ToolName } from "../../toolchain/index.ts";

/** Path of a program that a test needs. @throws if it isn't installed, with the command that installs it */
export async function toolPath(name: ToolName): Promise<string> {
  const { tools } = await findTools([name]);
  const tool = tools[name];
  if (tool === undefined)
    throw new Error(`${name} is not installed: run \`npx flotilla toolchain install\``);
  return tool.path;
}
