/** Entry of the stand-in for the official plugin `command`: local commands. */
import { commandKind } from "./command-resource.ts";
import { servePlugin } from "./serve.ts";

await servePlugin(
  {
    name: "command",
    version: "1.2.1",
    resources: { "command:local:Command": commandKind },
    functions: {},
  },
  process.argv.slice(2),
);
