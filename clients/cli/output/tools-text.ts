import { findTools, toolNames } from "../../../toolchain/index.ts";
import { formatTable } from "./table.ts";

/** Prints each tool, its version and where it comes from; a missing tool too. */
export async function printTools(json: boolean): Promise<void> {
  const { tools, warnings } = await findTools();
  if (json) {
    console.log(JSON.stringify({ tools: Object.values(tools), warnings }, null, 2));
    return;
  }
  for (const warning of warnings) console.error(`warning: ${warning}`);
  const rows = toolNames.map((name) => {
    const tool = tools[name];
    return tool ? [name, tool.version, tool.source, tool.path] : [name, "", "missing", ""];
  });
  console.log(formatTable([["tool", "version", "from", "path"], ...rows]));
}
