/**
 * Measures a `pulumi up` without changes of a region with 1,000 Machines, refresh included. Floor: the same engine, program
 * and state with a provider that does nothing. Aim: at most 5 calls to Fly, none of them a write, and at most 1.2 times
 * the floor's time.
 *
 *     node bench/no-change-1000.ts [Machines = 1000] [runs = 3]
 */
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { spawnCloud } from "../local/index.ts";
import { root } from "../fixtures/project-root.ts";
import { Sandbox } from "../fixtures/sandbox.ts";
import { execa } from "execa";
import { describeMachine, formatTimes, measureInTurn } from "./measure.ts";
import { siteSpecs } from "./site-specs.ts";

const MACHINES = "/v1/apps/acme/machines";

interface TemplateMachine {
  readonly config: {
    readonly env: Record<string, string>;
    readonly metadata: Record<string, string>;
    readonly files: readonly { readonly raw_value?: string }[];
  };
}

interface LoggedCall {
  readonly seq: number;
  readonly api: string;
  readonly method: string;
  readonly path: string;
}

const total = Number(process.argv[2] ?? 1_000);
const runs = Number(process.argv[3] ?? 3);
const sandbox = await Sandbox.create();
try {
  await sandbox.skipCheck();
  await startUnlimitedCloud();
  await sandbox.writeSpecs(siteSpecs({ iad: 1 }, total));
  await sandbox.up("simulated");
  await createOthers();
  await sandbox.writeSpecs(siteSpecs({ iad: total }, total));
  await adoptAll();

  const idle = await idleProject();
  const before = await lastCall();
  await up(root);
  const calls = (await callsAfter(before)).filter(({ api }) => api === "fly");
  const writes = calls.filter(({ method }) => method !== "GET");
  const [subject, floor] = await measureInTurn(runs, [() => up(root), () => up(idle)]);
  console.log(describeMachine());
  console.log(
    `Fly API calls for ${total} Machines  ${calls.length} (aim ≤ 5), writes ${writes.length}`,
  );
  for (const { method, path } of calls.slice(0, 10)) console.log(`  ${method} ${path}`);
  console.log(`no-change up             ${formatTimes(subject)}`);
  console.log(`provider that does nothing ${formatTimes(floor)}`);
  console.log(`ratio of medians         ${(subject.median / floor.median).toFixed(2)} (aim ≤ 1.2)`);
} finally {
  await sandbox.close();
}

async function up(cwd: string): Promise<void> {
  const flags = ["--yes", "--skip-preview", "--expect-no-changes", "-s", "iad"];
  await execa("pulumi", ["up", ...flags], { cwd, env: { ...sandbox.env } });
}

/** Adopts the Machines into the state. Without checkpoints, because the engine would write its whole state after each. */
async function adoptAll(): Promise<void> {
  const env = { ...sandbox.env, PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
  await execa("pulumi", ["up", "--yes", "--skip-preview", "-s", "iad"], { cwd: root, env });
}

/** Starts a cloud without Fly's rate limits, under which a thousand creates take a quarter of an hour. */
async function startUnlimitedCloud(): Promise<void> {
  await spawnCloud({
    dir: join(sandbox.stateDir, "cloud"),
    mode: "simulated",
    edgeRegions: ["iad"],
    image: join(root, "image"),
    portBase: 0,
    limits: false,
    bin: { "process-compose": "", caddy: "", "nats-server": "", pocketbase: "" },
  });
}

/** Creates iad-1 and so on as the program would, with the configuration of iad-0. */
async function createOthers(): Promise<void> {
  const [first] = await sandbox.control<TemplateMachine[]>("GET", MACHINES);
  if (first === undefined) throw new Error("iad-0 is missing");
  const { config } = first;
  const names = Array.from({ length: total - 1 }, (_, index) => `iad-${index + 1}`);
  for (let at = 0; at < names.length; at += 20)
    await Promise.all(names.slice(at, at + 20).map((name) => createMachine(name, config)));
}

async function createMachine(name: string, config: TemplateMachine["config"]): Promise<void> {
  const files = config.files.map((file) =>
    file.raw_value === undefined ? file : { ...file, raw_value: renamed(file.raw_value, name) },
  );
  await sandbox.control("POST", MACHINES, {
    name,
    region: "iad",
    config: {
      ...config,
      env: { ...config.env, FLOTILLA_HOST: name },
      metadata: { ...config.metadata, host: name },
      files,
    },
  });
}

function renamed(base64: string, name: string): string {
  const text = Buffer.from(base64, "base64").toString().replaceAll("iad-0", name);
  return Buffer.from(text).toString("base64");
}

async function callsAfter(seq: number): Promise<LoggedCall[]> {
  return (await sandbox.control<{ calls: LoggedCall[] }>("GET", `/_local/calls?after=${seq}`))
    .calls;
}

async function lastCall(): Promise<number> {
  return (await callsAfter(0)).at(-1)?.seq ?? 0;
}

/** Returns a folder with the same program and a provider that answers without doing anything. */
async function idleProject(): Promise<string> {
  const project = join(sandbox.dir, "idle");
  await mkdir(join(project, "providers", "fly"), { recursive: true });
  for (const name of ["Pulumi.yaml", "package.json"])
    await copyFile(join(root, name), join(project, name));
  for (const name of ["index.ts", "node_modules"])
    await symlink(join(root, name), join(project, name));
  await writeFile(
    join(project, "providers", "fly", "entry.ts"),
    `export const machine = {
  check: (_olds: object, inputs: object) => ({ inputs }),
  diff: () => ({ changes: false }),
  read: async (id: string, props: object) => ({ id, props }),
};
`,
  );
  return project;
}
