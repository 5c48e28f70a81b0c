import { createProgressText, ensureTools, findTools, toolNames } from "../../../toolchain/index.ts";
import { formatTable } from "../output/table.ts";

/** `flotilla toolchain list`: each tool, its version and where it comes from. Builds nothing. */
export async function runToolchainList(json: boolean): Promise<void> {
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

/** `flotilla toolchain install`: gets what is missing, saying what it does. */
export async function runToolchainInstall(): Promise<void> {
  await ensureTools(toolNames, { onProgress: createProgressText(process.stderr) });
  await runToolchainList(false);
}
