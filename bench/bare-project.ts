/** Floors for runs of the engine: projects with the same engine and settings that have nothing to do. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../fixtures/project-root.ts";
import { type Sandbox } from "../fixtures/sandbox.ts";

/** A program that registers nothing. */
export const EMPTY = 'import "@pulumi/pulumi";\nexport {};\n';

/** One resource of each of the two providers of a region, both without work: it measures what their start takes. */
export const SAME_PROVIDERS = `import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
const provider = { create: async () => ({ id: "nothing", outs: {} }) };
new pulumi.dynamic.Resource(provider, "nothing", {});
new local.Command("nothing", { create: "true" });
`;

/** Deploys the program once. Returns a function that runs an `up` without changes. */
export async function bareProject(
  { dir, env }: Sandbox,
  name: string,
  program: string,
): Promise<() => Promise<unknown>> {
  const project = join(dir, name);
  await mkdir(project, { recursive: true });
  await symlink(join(root, "node_modules"), join(project, "node_modules"));
  await writeFile(
    join(project, "Pulumi.yaml"),
    `name: ${name}\nruntime: { name: nodejs, options: { typescript: false } }\noptions: { refresh: always }\n`,
  );
  await writeFile(
    join(project, "package.json"),
    '{ "type": "module", "main": "index.ts", "dependencies": { "@pulumi/pulumi": "3.259.0" } }\n',
  );
  await writeFile(join(project, "index.ts"), program);
  const options = { cwd: project, env: { ...env } };
  const up = ["up", "--yes", "--skip-preview", "--stack", name];
  await execa("pulumi", ["stack", "init", name], options);
  await execa("pulumi", up, options);
  return () => execa("pulumi", up, options);
}
