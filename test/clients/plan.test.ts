import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, test } from "vitest";
import { planChange } from "../../compiler/compile.ts";
import type { FleetChange, SpecFile } from "../../compiler/compile.ts";
import { formatMarkdown } from "../../clients/cli/plan/markdown.ts";
import { formatText } from "../../clients/cli/plan/text.ts";
import { CASES, GENERATION_RAISED, REGION_REMOVED } from "../../fixtures/change-cases.ts";
import { edited, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { root } from "../../fixtures/project-root.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

interface Run {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("flotilla plan", () => {
  test("compares the working tree with HEAD where there is no origin/main", async ({ expect }) => {
    const checkout = await repository();
    expect((await plan(checkout)).stdout).toContain(
      `plan of specs against HEAD (${(await commit(checkout)).slice(0, 7)}): nothing changes`,
    );
    await edit(checkout, "services/caddy.yaml", "iad: { replicas: 2", "iad: { replicas: 3");
    const run = await plan(checkout);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toContain("3 operations in iad");
    expect(run.stdout).toContain("  + iad-2 created\n");
    expect(run.stdout).toContain("  run: pulumi up -s iad\n");
    expect(run.stdout).toContain("at least 5 s");
    expect(run.stdout).toContain("+3.69 USD a month");
    expect(run.stdout).toContain("(estimate)");
    expect(run.stdout).toContain("not known without the real state");
    // No terminal, no colour.
    expect(run.stdout).not.toContain("\u001b");
  });

  test("compares with origin/main where there is one, and with what --against names", async ({
    expect,
  }) => {
    const checkout = await repository();
    await git(checkout, "update-ref", "refs/remotes/origin/main", "HEAD");
    await edit(checkout, "services/worker.yaml", "jobs }", "other }");
    await git(checkout, "commit", "-qam", "another queue");
    expect((await plan(checkout)).stdout).toContain("against origin/main");
    expect((await plan(checkout)).stdout).toContain("2 hosts rebooted");
    expect((await plan(checkout, "--against", "HEAD")).stdout).toContain("nothing changes");
  });

  test("reads a folder that isn't at the top, and from within", async ({ expect }) => {
    const checkout = await repository("fleets/eu/specs");
    await edit(checkout, "services/worker.yaml", "jobs }", "other }", "fleets/eu/specs");
    const folder = ["--specs", "fleets/eu/specs"];
    expect((await plan(checkout, ...folder)).stdout).toContain("2 hosts rebooted");
    const within = await plan(join(checkout, "fleets/eu"), "--specs", "specs");
    expect(within.stdout).toContain("plan of specs against HEAD");
    expect(within.stdout).toContain("2 hosts rebooted");
  });

  test("--json is the plan as data, with both sides' diagnostics", async ({ expect }) => {
    const checkout = await repository();
    await edit(checkout, "services/worker.yaml", "iad: { replicas: 3", "iad: { replicas: 4");
    const run = await plan(checkout, "--json");
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      version: 1,
      against: { ref: "HEAD", commit: await commit(checkout) },
      before: "spec",
      stacks: [
        { stack: "global", operations: [] },
        { stack: "fra", operations: [] },
        { stack: "iad", operations: [{ op: "update", name: "iad-1-machine" }] },
      ],
      price: { estimate: true, difference: 0 },
      diagnostics: [],
      beforeDiagnostics: [],
    });
  });

  test("a mistake in the new side is told like everywhere, with exit code 2", async ({
    expect,
  }) => {
    const checkout = await repository();
    await edit(checkout, "services/worker.yaml", "spread: 2", "spred: 2");
    const run = await plan(checkout);
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("specs/services/worker.yaml:14:1 error E107");
    const json = await plan(checkout, "--json");
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ diagnostics: [{ code: "E107" }] });
  });

  test("an old side that doesn't compile, or isn't there, counts as nothing", async ({
    expect,
  }) => {
    const checkout = await repository();
    await edit(checkout, "services/worker.yaml", "spread: 2", "spred: 2");
    await git(checkout, "commit", "-qam", "a mistake");
    await edit(checkout, "services/worker.yaml", "spred: 2", "spread: 2");
    const mended = await plan(checkout);
    expect(mended.exitCode).toBe(0);
    expect(mended.stderr).toContain("the specs at HEAD don't compile (1 error)");
    expect(mended.stdout).toContain("run: pulumi stack init global\n");

    await git(checkout, "rm", "-rqf", "--cached", "specs");
    await git(checkout, "commit", "-qm", "no specs");
    const none = await plan(checkout);
    expect(none.exitCode).toBe(0);
    expect(none.stderr).toContain("HEAD has no specs in specs");
    expect(none.stdout).toContain("run: pulumi stack init global\n");
  });

  test("what can't be compared is one sentence and exit code 2", async ({ expect }) => {
    const checkout = await repository();
    const unknown = await plan(checkout, "--against", "no-such-branch");
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr.trim()).toMatch(/^no commit no-such-branch to compare .* --against REF$/);
    const dashed = await plan(checkout, "--against=--output=x");
    expect(dashed.exitCode).toBe(2);
    expect(dashed.stderr).toContain("no commit --output=x");
    await rm(join(checkout, ".git"), { recursive: true });
    const bare = await plan(checkout);
    expect(bare.exitCode).toBe(2);
    expect(bare.stderr.trim()).toMatch(/^specs is in no git repository/);
    expect((await plan(checkout, "--markdown", "--json")).exitCode).toBe(2);
  });
});

describe("the plan as text", () => {
  test("a slot that is switched says which, and that nothing reboots", ({ expect }) => {
    const text = formatText(changeOf("a local replica more"), "plan", (_style, words) => words);
    expect(text).toContain(
      "  ~ iad-1 switched without a reboot\n      worker 1 → 2: worker-1 on\n  note",
    );
  });

  test("a warm host is started without a rewrite, and stopped again", ({ expect }) => {
    const warm = edited(sampleSpecs(), "specs/fleet.yaml", "warm_hosts: 0", "warm_hosts: 1");
    const woken = edited(
      warm,
      "specs/services/caddy.yaml",
      "iad: { replicas: 2",
      "iad: { replicas: 3",
    );
    const wake = formatText(changed(warm, woken), "plan", (_style, words) => words);
    expect(wake).toContain("  ~ iad-2 started without a rewrite\n");
    const rest = formatText(changed(woken, warm), "plan", (_style, words) => words);
    expect(rest).toContain("  ~ iad-2 drained and stopped, kept as a warm host\n");
  });

  test("a certificate, its pauses and a region that left", ({ expect }) => {
    const raised = formatText(planned(GENERATION_RAISED), "plan", (_style, words) => words);
    expect(raised).toContain("generation 1 → 2");
    expect(raised).toContain(
      "  pause: PocketBase (pocketbase) of iad pauses while iad-0 reboots\n",
    );
    const removed = formatText(planned(REGION_REMOVED), "plan", (_style, words) => words);
    expect(removed).toContain("  - DNS app-fra.example.com deleted\n");
    expect(removed).toContain("  run: pulumi destroy -s fra\n  run: pulumi stack rm fra\n");
    expect(removed).toContain("volume fra_0_data: kept with its data, 4 GB");
  });
});

describe("the plan as Markdown", () => {
  test("one fold per stack that changes, and a marker to find the comment again", ({ expect }) => {
    const text = formatMarkdown(changeOf("an infra replica more"), "plan");
    expect(text.split("\n")[0]).toBe("<!-- flotilla plan -->");
    expect(text).toContain("- <b>global</b>: no change\n");
    expect(text).toContain(
      "<details><summary><b>iad</b>: 1 host created, 3 operations</summary>\n\n- :heavy_plus_sign: `iad-2` created",
    );
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0);
  });

  test("a person's text stays text", ({ expect }) => {
    const files = sampleSpecs();
    const hostile = files.map((file) => ({
      ...file,
      text: file.text.replace("{ QUEUE: jobs }", '{ QUEUE: "</details> ``` **x**" }'),
    }));
    const result = planChange(files, hostile);
    if (!result.ok) throw new Error("it doesn't compile");
    const text = formatMarkdown(result.change, "a <b>plan</b>");
    expect(text).toContain("### a \\<b\\>plan\\</b\\>");
    expect(text).toContain("    ````diff\n");
    const outside = text.replace(/ {4}````diff\n[\s\S]*? {4}````/g, "");
    expect(outside).not.toContain("**x**");
    expect(outside.match(/<details>/g)).toHaveLength(outside.match(/<\/details>/g)?.length ?? 0);
  });

  test("a large change is cut to what a comment can hold", ({ expect }) => {
    const change = changeOf("an environment variable");
    const iad = change.stacks.find(({ stack }) => stack === "iad");
    if (iad === undefined) throw new Error("no stack iad");
    const grown = (factor: number): FleetChange => ({
      ...change,
      stacks: [{ ...iad, hosts: Array.from({ length: factor }, () => iad.hosts).flat() }],
    });
    const full = formatMarkdown(grown(1), "plan");
    expect(full).toContain("```diff");
    const without = formatMarkdown(grown(250), "plan");
    expect(without.length).toBeLessThan(65_536);
    expect(without).toContain("`iad-0`");
    expect(without).not.toContain("```diff");
    const short = formatMarkdown(grown(2_000), "plan");
    expect(short.length).toBeLessThan(65_536);
    expect(short).toContain("<b>iad</b>: 4000 hosts rebooted");
    expect(short).not.toContain("`iad-0`");
  });
});

function changeOf(name: string): FleetChange {
  const found = CASES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return planned(found);
}

function planned({ edit: change }: (typeof CASES)[number]): FleetChange {
  return changed(sampleSpecs(), change(sampleSpecs()));
}

function changed(before: readonly SpecFile[], after: readonly SpecFile[]): FleetChange {
  const result = planChange(before, after);
  if (!result.ok) throw new Error("the case doesn't compile");
  return result.change;
}

/** A repository with the sample, committed. */
async function repository(folder = "specs"): Promise<string> {
  const checkout = scratchFolder();
  await mkdir(join(checkout, folder), { recursive: true });
  await cp(join(root, "fixtures/specs"), join(checkout, folder), { recursive: true });
  await git(checkout, "init", "-q");
  await git(checkout, "add", "-A");
  await git(checkout, "commit", "-qm", "the sample");
  return checkout;
}

async function commit(checkout: string): Promise<string> {
  return (await git(checkout, "rev-parse", "HEAD")).trim();
}

async function git(checkout: string, ...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  const { stdout } = await execa("git", ["-C", checkout, ...identity, ...args]);
  return stdout;
}

async function edit(
  checkout: string,
  file: string,
  from: string,
  to: string,
  folder = "specs",
): Promise<void> {
  const path = join(checkout, folder, file);
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  await writeFile(path, text.replace(from, to));
}

async function plan(cwd: string, ...args: readonly string[]): Promise<Run> {
  return execa(process.execPath, [join(root, "clients/cli/flotilla.ts"), "plan", ...args], {
    cwd,
    reject: false,
  });
}
