/** Prints `{name: text}` of all provider objects, as Pulumi would store them. Run in plain Node: a test runner's transform gives other text. */
import * as pulumi from "@pulumi/pulumi";

import * as loader from "../../providers/loader.ts";

const texts: Record<string, string> = {};
for (const [name, exported] of Object.entries(loader)) {
  const provider = exported;
  texts[name] = (await pulumi.runtime.serializeFunction(() => provider)).text;
}
process.stdout.write(JSON.stringify(texts));
