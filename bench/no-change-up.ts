/**
 * A no-change `pulumi up` of region iad, refresh included, against the same engine with an empty program.
 * Aim: at most 1.5 times the empty one.
 */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { World, root } from "../test/e2e/world.ts";
import { execa } from "execa";
import { describeMachine, formatTimes, measurePaired } from "./measure.ts";

const runs = Number(process.argv[2] ?? 7);
const world = await World.create();
try {
  await world.up("simulated");
  const empty = await emptyProject(world);
  const up = ["up", "--yes", "--skip-preview", "--stack"];
  const { subject, floor } = await measurePaired(
    runs,
    () => world.apply("iad"),
    () => execa("pulumi", [...up, "empty"], { cwd: empty, env: { ...world.env } }),
  );
  console.log(describeMachine());
  console.log(`no-change up of iad   ${formatTimes(subject)}`);
  console.log(`empty program         ${formatTimes(floor)}`);
  console.log(`ratio of medians      ${(subject.median / floor.median).toFixed(2)} (aim ≤ 1.5)`);
} finally {
  await world.close();
}

/** Same engine, same settings, a program that registers nothing. */
async function emptyProject({ dir, env }: World): Promise<string> {
  const project = join(dir, "empty");
  await mkdir(project, { recursive: true });
  await symlink(join(root, "node_modules"), join(project, "node_modules"));
  await writeFile(
    join(project, "Pulumi.yaml"),
    "name: empty\nruntime: { name: nodejs, options: { typescript: false } }\noptions: { refresh: always }\n",
  );
  await writeFile(
    join(project, "package.json"),
    '{ "type": "module", "main": "index.ts", "dependencies": { "@pulumi/pulumi": "3.259.0" } }\n',
  );
  await writeFile(join(project, "index.ts"), 'import "@pulumi/pulumi";\nexport {};\n');
  await execa("pulumi", ["stack", "init", "empty"], { cwd: project, env: { ...env } });
  await execa("pulumi", ["up", "--yes", "--skip-preview", "--stack", "empty"], {
    cwd: project,
    env: { ...env },
  });
  return project;
}
