import { readFileSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, test } from "vitest";
import { parse } from "yaml";
import { root } from "../fixtures/project-root.ts";
import { sampleFolder } from "../fixtures/sample-specs.ts";
import { scratchFolder } from "./kit/scratch-folder.ts";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress": boolean;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly strategy?: { readonly "fail-fast": boolean; readonly matrix: object };
  readonly environment?: string;
  readonly "timeout-minutes"?: number;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(root, ".github/workflows");
const names = readdirSync(folder).sort();
const workflows = new Map(
  names.map((name) => [name, parse(readFileSync(join(folder, name), "utf8")) as Workflow]),
);

function workflow(name: string): Workflow {
  const found = workflows.get(name);
  if (found === undefined) throw new Error(`no workflow ${name}`);
  return found;
}

const jobs = [...workflows].flatMap(([name, { jobs: all }]) =>
  Object.entries(all).map(([key, job]) => ({ name: `${name} ${key}`, job })),
);
const steps = jobs.flatMap(({ name, job }) =>
  (job.steps ?? []).map((step) => ({ name: `${name}: ${step.name ?? step.uses}`, step })),
);

function stepNamed(end: string): Step {
  const found = steps.find(({ name }) => name.endsWith(end));
  if (found === undefined) throw new Error(`no step ${end}`);
  return found.step;
}

describe("every workflow", () => {
  test("there are three", ({ expect }) => {
    expect(names).toEqual(["main.yaml", "pull-request.yaml", "up.yaml"]);
  });

  test("has read permission only, except for the plan's comment", ({ expect }) => {
    for (const each of workflows.values()) expect(each.permissions).toEqual({ contents: "read" });
    const more = jobs.filter(({ job }) => job.permissions !== undefined);
    expect(more.map(({ name, job }) => [name, job.permissions])).toEqual([
      ["pull-request.yaml plan", { contents: "read", "pull-requests": "write" }],
    ]);
  });

  test("pins each action to a full version, and one version of it", ({ expect }) => {
    const used = new Set(steps.flatMap(({ step }) => step.uses ?? []));
    const actions = [...used].map((each) => each.split("@")[0]);
    for (const each of used) expect(each).toMatch(/^[\w-]+\/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
    expect(new Set(actions).size).toBe(used.size);
  });

  test("installs what the lockfile says, with the Node and the engine of package.json", ({
    expect,
  }) => {
    const text = readFileSync(join(root, "package.json"), "utf8");
    const { dependencies, devDependencies } = JSON.parse(text) as Record<string, object>;
    for (const { name, job } of jobs.filter(({ job: { steps: all } }) => all !== undefined)) {
      const runs = job.steps?.flatMap(({ run }) => run ?? []) ?? [];
      expect([name, runs[0]]).toEqual([name, "npm ci"]);
    }
    const given = (action: string, key: string): unknown[] =>
      steps.flatMap(({ step }) => (step.uses?.startsWith(action) ? [step.with?.[key]] : []));
    expect(new Set(given("actions/setup-node", "node-version"))).toEqual(
      new Set([(devDependencies as Record<string, string>)["node"]]),
    );
    expect(new Set(given("pulumi/actions", "pulumi-version"))).toEqual(
      new Set([(dependencies as Record<string, string>)["pulumi"]]),
    );
  });

  test("has a timeout and leaves no token in the checkout", ({ expect }) => {
    for (const { name, job } of jobs.filter(({ job: { steps: all } }) => all !== undefined))
      expect([name, job["timeout-minutes"]]).toEqual([name, expect.any(Number)]);
    for (const { name, step } of steps.filter((each) => each.step.uses?.includes("/checkout@")))
      expect([name, step.with?.["persist-credentials"]]).toEqual([name, false]);
  });

  test("puts no untrusted text into a script", ({ expect }) => {
    for (const { name, step } of steps)
      expect([name, /\$\{\{/.test(step.run ?? "")]).toEqual([name, false]);
  });

  test("calls commands and options that the command line has", async ({ expect }) => {
    const calls = new Set(
      steps.flatMap(({ step }) =>
        [
          ...(step.run ?? "").matchAll(/npx flotilla ((?:[a-z]+ ?)+)((?:--[a-z]+|"[^"]*"| )*)/g),
        ].map(([, command = "", options = ""]) =>
          [command.trim(), ...(options.match(/--[a-z]+/g) ?? [])].join(" "),
        ),
      ),
    );
    expect([...calls].sort()).toEqual([
      "plan --against --markdown",
      "reconcile --commit --reason --wait",
      "regions --json",
      "toolchain install",
      "validate",
    ]);
    for (const call of calls) {
      const [command = "", ...options] = call.split(/ (?=--)/);
      const cli = join(root, "clients/cli/flotilla.ts");
      const { stdout } = await execa(process.execPath, [cli, ...command.split(" "), "--help"]);
      expect(stdout).toContain(`Usage: flotilla ${command}`);
      for (const option of options)
        expect([call, stdout]).toEqual([call, expect.stringContaining(option)]);
    }
  });
});

describe("main.yaml", () => {
  const { jobs: main, concurrency } = workflow("main.yaml");

  test("brings up global, then the canary, then the other regions side by side", ({ expect }) => {
    const up = { uses: "./.github/workflows/up.yaml" };
    expect(Object.keys(main)).toEqual(["spec", "reconcile", "global", "canary", "regions"]);
    expect(main["global"]).toMatchObject({ ...up, needs: "spec", with: { stack: "global" } });
    expect(main["canary"]).toMatchObject({
      ...up,
      needs: ["spec", "global"],
      with: { stack: "${{ fromJSON(needs.spec.outputs.regions).canary }}" },
    });
    expect(main["regions"]).toMatchObject({
      ...up,
      needs: ["spec", "canary"],
      with: { stack: "${{ matrix.region }}" },
      strategy: {
        "fail-fast": false,
        matrix: { region: "${{ fromJSON(needs.spec.outputs.regions).rest }}" },
      },
    });
  });

  test("never cancels a run in progress: one rollout at a time, one run per stack", ({
    expect,
  }) => {
    const { jobs: up } = workflow("up.yaml");
    expect(concurrency).toEqual({ group: "flotilla", "cancel-in-progress": false });
    expect(up["up"]?.concurrency).toEqual({
      group: "flotilla-${{ inputs.stack }}",
      "cancel-in-progress": false,
    });
    expect(up["up"]?.environment).toBe("production");
  });

  test.for([
    "main.yaml spec: Regions in the order of the rollout",
    "pull-request.yaml validate: Stacks of the spec",
  ])("%s: the script says what the next jobs read", async (name, { expect }) => {
    const output = join(scratchFolder(), "output");
    await writeFile(output, "");
    const script = onSpecs(stepNamed(name).run ?? "", sampleFolder);
    await execa("bash", ["-e", "-c", script], { cwd: root, env: { GITHUB_OUTPUT: output } });
    const [, regions = ""] = /^regions=(.*)\n$/.exec(await readFile(output, "utf8")) ?? [];
    expect(JSON.parse(regions)).toEqual({
      stacks: ["global", "fra", "iad"],
      canary: "fra",
      rest: ["iad"],
    });
  });

  test("a spec with a mistake ends the script", async ({ expect }) => {
    const empty = scratchFolder();
    await writeFile(join(empty, "fleet.yaml"), "kind: Flet\n");
    const output = join(empty, "output");
    await writeFile(output, "");
    const script = onSpecs(stepNamed("Regions in the order of the rollout").run ?? "", empty);
    const run = await execa("bash", ["-e", "-c", script], {
      cwd: root,
      env: { GITHUB_OUTPUT: output },
      reject: false,
    });
    expect(run.exitCode).toBe(2);
    expect(await readFile(output, "utf8")).toBe("");
  });
});

describe("pull-request.yaml", () => {
  const { jobs: all } = workflow("pull-request.yaml");

  test("checks, plans and previews every stack", ({ expect }) => {
    expect(Object.keys(all)).toEqual(["validate", "plan", "preview"]);
    expect(all["preview"]?.strategy).toEqual({
      "fail-fast": false,
      matrix: { stack: "${{ fromJSON(needs.validate.outputs.regions).stacks }}" },
    });
  });

  test("secrets reach only jobs that run no untrusted code", ({ expect }) => {
    const fork = "github.event.pull_request.head.repo.full_name == github.repository";
    for (const [key, job] of Object.entries(all)) {
      const secret = /\$\{\{ *secrets\./.test(JSON.stringify(job));
      expect([key, secret]).toEqual([key, key === "preview"]);
    }
    expect(all["preview"]).toMatchObject({ if: fork, environment: "preview" });
    expect(JSON.stringify(all["preview"]?.steps)).not.toMatch(/pulumi (up|destroy|refresh)/);
  });

  test("keeps one comment up to date", async ({ expect }) => {
    const script = String(stepNamed("pull-request.yaml plan: Comment").with?.["script"]);
    const temp = scratchFolder();
    await writeFile(join(temp, "plan.md"), "## Plan\nnothing\n");
    const first = await comment(script, temp, []);
    expect(first).toEqual([
      {
        create: {
          owner: "o",
          repo: "r",
          issue_number: 7,
          body: "<!-- flotilla plan -->\n## Plan\nnothing\n",
        },
      },
    ]);
    const stranger = { id: 1, user: { type: "User" }, body: "<!-- flotilla plan -->\nmine" };
    const ours = { id: 2, user: { type: "Bot" }, body: "<!-- flotilla plan -->\nold" };
    expect(await comment(script, temp, [stranger, ours])).toEqual([
      {
        update: {
          owner: "o",
          repo: "r",
          comment_id: 2,
          body: expect.stringContaining("nothing") as string,
        },
      },
    ]);
    await writeFile(join(temp, "plan.md"), "x".repeat(100_000));
    const [long] = await comment(script, temp, []);
    expect(long?.["create"]?.["body"]?.length).toBeLessThan(65_536);
  });
});

type Call = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Runs the script as actions/github-script does, with a GitHub that writes down what it is asked for. */
async function comment(script: string, temp: string, there: readonly object[]): Promise<Call[]> {
  const program = `
    const { createRequire } = await import("node:module");
    const require = createRequire(${JSON.stringify(import.meta.filename)});
    const calls = [];
    const issues = {
      listComments: {},
      createComment: async (create) => { calls.push({ create }); },
      updateComment: async (update) => { calls.push({ update }); },
    };
    const github = { rest: { issues }, paginate: async () => ${JSON.stringify(there)} };
    const context = { repo: { owner: "o", repo: "r" }, issue: { number: 7 } };
    ${script}
    console.log(JSON.stringify(calls));`;
  const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", program], {
    env: { RUNNER_TEMP: temp },
  });
  return JSON.parse(stdout) as Call[];
}

/** Lets a script of a workflow read these specs instead of the shipped ones. */
function onSpecs(script: string, specs: string): string {
  const changed = script.replaceAll("regions --json", `regions --json --specs ${specs}`);
  if (changed === script) throw new Error("the script asks for no regions");
  return changed;
}
