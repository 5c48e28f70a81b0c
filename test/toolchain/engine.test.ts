import { constants } from "node:fs";
import { copyFile, mkdir, readlink, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { root } from "../../fixtures/project-root.ts";
import { ensureTools, findTools, preparePulumiHome, recipes } from "../../toolchain/index.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

/** A Pulumi program in TypeScript and ES modules, with a dynamic resource whose code is loaded as ours is. */
const program = `import * as pulumi from "@pulumi/pulumi";
const provider: pulumi.dynamic.ResourceProvider = {
  create: (i) => require(process.cwd() + "/double.ts").create(i),
};
class Double extends pulumi.dynamic.Resource {
  declare readonly twice: pulumi.Output<number>;
  constructor(name: string, n: number) {
    super(provider, name, { n, twice: undefined }, undefined, "test", "Double");
  }
}
export const twice = new Double("double", 21).twice;
`;
const provider = `export async function create(i: { n: number }) {
  return { id: "double", outs: { n: i.n, twice: i.n * 2 } };
}
`;

test("npx pulumi runs our engine, and a TypeScript program with a dynamic resource goes up", async ({
  expect,
}) => {
  const folder = scratchFolder();
  const home = join(folder, "home");
  await preparePulumiHome(home);
  const { pulumi } = await ensureTools(["pulumi"]);
  const link = join(home, "versions", recipes.pulumi.version, "bin/pulumi");
  const engine = await realpath(pulumi.path);
  expect(await readlink(link)).toBe(engine);
  // The second time finds everything as it should be.
  await preparePulumiHome(home);
  expect(await readlink(link)).toBe(engine);

  const project = join(folder, "project");
  await mkdir(join(folder, "state"));
  await mkdir(project);
  await symlink(join(root, "node_modules"), join(project, "node_modules"));
  await writeFile(join(project, "package.json"), '{ "type": "module", "main": "index.ts" }\n');
  await writeFile(
    join(project, "Pulumi.yaml"),
    "name: tiny\nruntime: { name: nodejs, options: { typescript: false, packagemanager: npm } }\n",
  );
  await writeFile(join(project, "index.ts"), program);
  await writeFile(join(project, "double.ts"), provider);
  const run = execa({
    cwd: project,
    preferLocal: true,
    localDir: root,
    env: {
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${folder}/state`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  });
  expect((await run("pulumi", ["version"])).stdout).toBe(`v${pulumi.version}`);
  await run("pulumi", ["stack", "init", "dev"]);
  await run("pulumi", ["up", "--yes", "--skip-preview", "--stack", "dev"]);
  expect((await run("pulumi", ["stack", "output", "twice", "--stack", "dev"])).stdout).toBe("42");
}, 120_000);

test("an engine of the user's own is used as it is, in a PULUMI_HOME too", async ({ expect }) => {
  const { pulumi: ours } = await ensureTools(["pulumi", "pulumi-language-nodejs"]);
  const folder = scratchFolder();
  const bin = join(folder, "bin");
  await mkdir(bin);
  const { version } = recipes.pulumi;
  for (const name of ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]) {
    const from = join(dirname(await realpath(ours.path)), name);
    await copyFile(from, join(bin, name), constants.COPYFILE_FICLONE);
  }
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
  const path = join(bin, "pulumi");
  expect(await findTools(["pulumi", "pulumi-language-nodejs"], env)).toEqual({
    tools: {
      pulumi: { name: "pulumi", version, path, source: "path" },
      "pulumi-language-nodejs": {
        name: "pulumi-language-nodejs",
        version,
        path: join(bin, "pulumi-language-nodejs"),
        source: "path",
      },
    },
    warnings: [],
  });
  const home = join(folder, "home");
  await preparePulumiHome(home, { env });
  expect(await readlink(join(home, "versions", version, "bin/pulumi"))).toBe(path);

  // What npm's package has installed counts too; an engine without its language host doesn't.
  const installed = join(folder, ".pulumi/versions", version);
  await mkdir(installed, { recursive: true });
  await symlink(bin, join(installed, "bin"));
  expect((await findTools(["pulumi"], { ...env, PATH: "" })).tools.pulumi?.source).toBe("npm");
  await rm(join(bin, "pulumi-language-nodejs"));
  expect(await findTools(["pulumi"], env)).toEqual({
    tools: {},
    warnings: [
      `${path} has no pulumi-language-nodejs and pulumi-resource-pulumi-nodejs beside it: using our own pulumi`,
    ],
  });
}, 120_000);
