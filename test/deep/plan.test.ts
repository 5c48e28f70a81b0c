/**
 * `flotilla plan` and `pulumi preview` name the same operations. Each change starts from the deployed sample fleet and is
 * applied only where a later step needs it. Simulated Machines, real engine.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretCommand } from "../../clients/cli/plan/words.ts";
import { planChange } from "../../compiler/compile.ts";
import type { FleetChange, Operation, SpecFile } from "../../compiler/compile.ts";
import {
  CASES,
  GENERATION_RAISED,
  MIXED,
  REGION_ADDED,
  REGION_REMOVED,
} from "../../fixtures/change-cases.ts";
import type { ChangeCase } from "../../fixtures/change-cases.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { writeSpecFolder } from "../../fixtures/spec-folder.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

/** How many engines run at once: one per core. */
const AT_ONCE = 2;

/** Changes that reach a stack, and those that reach none. */
const felt = CASES.filter(({ stacks }) => stacks.length > 0);
const unfelt = CASES.filter(({ stacks }) => stacks.length === 0);

let sandbox: Sandbox;
const sample = sampleSpecs();

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.up("simulated");
});
afterAll(async () => sandbox.close());

it("without a change, the plan and a preview right after `up` name no operation", async () => {
  expect(operationsOf(planned(sample))).toEqual([]);
  // The other stacks: simulated-fleet.test.ts.
  expect(await preview("iad", sample)).toEqual([]);
});

describe("a change previewed", () => {
  for (const group of groups([...felt, REGION_REMOVED, together(unfelt)], AT_ONCE)) {
    it(`from the sample: ${group.map(({ name }) => name).join("; ")}`, async () => {
      await Promise.all(group.map(comparePreview));
    });
  }

  it("an added region is a stack of its own", async () => {
    await sandbox.addStack("syd");
    expect(REGION_ADDED.stacks).toContain("syd");
    await comparePreview(REGION_ADDED);
  });

  it("the stack of a removed region refuses to run, and `destroy` shows what the plan names", async () => {
    const files = REGION_REMOVED.edit(sample);
    const env = { FLOTILLA_SPECS: await written(files) };
    const refused = await sandbox.pulumi(["preview", "-s", "fra"], env);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("E405");
    const destroyed = await sandbox.pulumi(
      ["destroy", "--preview-only", "--json", "-s", "fra"],
      env,
    );
    const left = planned(files).stacks.find(({ stack }) => stack === "fra");
    expect(left?.commands).toEqual(["pulumi destroy -s fra", "pulumi stack rm fra"]);
    expect(steps(destroyed.stdout)).toEqual(names(left?.operations ?? []));
  });

  it("the plan reports a volume that would shrink, which the engine refuses", async () => {
    const files = replaced(sample, "storage_gb: 3", "storage_gb: 2");
    const refused = planned(files).stacks.flatMap((stack) => stack.refused);
    expect(refused).toContain(
      "volume iad_0_data can't shrink from 4 GB to 3 GB: Fly only grows volumes",
    );
    const ran = await sandbox.pulumi(["preview", "-s", "iad"], {
      FLOTILLA_SPECS: await written(files),
    });
    expect(ran.exitCode).not.toBe(0);
    expect(ran.output).toContain("can't shrink from 4 to 3 GB");
  });
});

describe("a change applied", () => {
  it("performs on every stack exactly the operations that the plan names", async () => {
    const files = MIXED.edit(sample);
    const change = planned(files);
    expect(stacksOf(change)).toEqual(MIXED.stacks);
    const env = { FLOTILLA_SPECS: await written(files) };
    for (const { stack, operations } of change.stacks) {
      const ran = await sandbox.pulumi(["up", "--yes", "--skip-preview", "-s", stack], env);
      expect(ran.exitCode, ran.output).toBe(0);
      expect(await lastRun(stack), stack).toEqual(
        counts(operations.filter(({ previewOnly }) => previewOnly !== true)),
      );
    }
  });

  it("updates every host that serves the certificate once `global` has issued another", async () => {
    const after = replaced(MIXED.edit(sample), "generation: 2", "generation: 3");
    const change = planned(after, MIXED.edit(sample));
    expect(stacksOf(change)).toEqual(GENERATION_RAISED.stacks);
    const [global, ...regions] = change.stacks;
    expect(await preview("global", after)).toEqual(names(global?.operations ?? []));
    const ran = await sandbox.pulumi(["up", "--yes", "--skip-preview", "-s", "global"], {
      FLOTILLA_SPECS: await written(after),
    });
    expect(ran.exitCode, ran.output).toBe(0);
    for (const { stack, operations } of regions) {
      expect(operations.length).toBeGreaterThan(0);
      expect(await preview(stack, after)).toEqual(names(operations));
    }
  });
});

describe("a secret that the spec names for the first time", () => {
  it("is one update of the secrets after the command that the plan gives", async () => {
    const deployed = replaced(MIXED.edit(sample), "generation: 2", "generation: 3");
    const files = replaced(deployed, "[API_KEY, ", "[API_KEY, MAIL_KEY, ");
    const change = planned(files, deployed);
    expect(change.secrets.added).toEqual(["MAIL_KEY"]);
    const env = { FLOTILLA_SPECS: await written(files) };
    const unset = await sandbox.pulumi(["preview", "-s", "global"], env);
    expect(unset.exitCode).not.toBe(0);
    expect(unset.output).toContain("E406");
    const [, ...args] = secretCommand("MAIL_KEY").split(" ");
    const set = await sandbox.pulumi([...args, "--", "made up"], env);
    expect(set.exitCode, set.output).toBe(0);
    const global = change.stacks.find(({ stack }) => stack === "global");
    expect(names(global?.operations ?? [])).toEqual(["update edge-secrets"]);
    expect(await preview("global", files)).toEqual(["update edge-secrets"]);
  });
});

/** Combines several changes into one. */
function together(changes: readonly ChangeCase[]): ChangeCase {
  return {
    name: changes.map(({ name }) => name).join(" and "),
    edit: (files) => changes.reduce((edited, { edit }) => edit(edited), [...files]),
    stacks: [...new Set(changes.flatMap(({ stacks }) => stacks))].toSorted(),
  };
}

let compared = 0;

/**
 * Compares the plan's operations with the engine's preview. The plan names every stack that changes; the engine previews
 * `global` and one of the changed regions, in turns, and a stack that doesn't change if only one does: a plan that leaves
 * a stack out is wrong too.
 */
async function comparePreview(change: ChangeCase): Promise<void> {
  const turn = compared++;
  const files = change.edit(sample);
  const plan = planned(files);
  expect(stacksOf(plan), change.name).toEqual(change.stacks);
  const runnable = plan.stacks.filter(({ presence }) => presence !== "left");
  const changed = runnable.filter(({ operations }) => operations.length > 0);
  const regions = changed.filter(({ stack }) => stack !== "global");
  // The last are regions, which more changes reach than `global`.
  const unchanged = runnable.findLast(({ operations }) => operations.length === 0);
  const asked = [
    ...changed.filter(({ stack }) => stack === "global"),
    regions[turn % regions.length],
    changed.length < 2 ? unchanged : undefined,
  ];
  for (const { stack, operations } of asked.filter((each) => each !== undefined)) {
    expect(await preview(stack, files), `${change.name}: ${stack}`).toEqual(names(operations));
  }
}

/** Replaces a text in every file that contains it. */
function replaced(files: readonly SpecFile[], from: string, to: string): SpecFile[] {
  return files.map(({ path, text }) => ({ path, text: text.replace(from, to) }));
}

function planned(after: readonly SpecFile[], before: readonly SpecFile[] = sample): FleetChange {
  const result = planChange(before, after);
  if (!result.ok)
    throw new Error(result.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return result.change;
}

async function preview(stack: string, files: readonly SpecFile[]): Promise<string[]> {
  const ran = await sandbox.pulumi(["preview", "--json", "-s", stack], {
    FLOTILLA_SPECS: await written(files),
  });
  // The engine reports the reason inside its JSON output, which also holds the whole state.
  const said = [...ran.output.matchAll(/"message": "(.*)"/g)].map(([, message]) => message);
  if (ran.exitCode !== 0)
    throw new Error(`preview of ${stack} failed:\n${said.join("\n")}\n${ran.stderr}`);
  return steps(ran.stdout);
}

/** The changes of a preview, sorted, each as in `update iad-0-machine`. */
function steps(json: string): string[] {
  const { steps: all } = JSON.parse(json) as { steps: { op: string; urn: string }[] };
  return all
    .filter(({ op }) => !["same", "read", "refresh"].includes(op))
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? urn}`)
    .toSorted();
}

function names(operations: readonly Operation[]): string[] {
  return operations.map(({ op, name }) => `${op} ${name}`).toSorted();
}

function operationsOf({ stacks }: FleetChange): Operation[] {
  return stacks.flatMap(({ operations }) => operations);
}

function stacksOf({ stacks }: FleetChange): string[] {
  return stacks
    .filter(({ operations }) => operations.length > 0)
    .map(({ stack }) => stack)
    .toSorted();
}

function counts(operations: readonly Operation[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { op } of operations) found[op] = (found[op] ?? 0) + 1;
  return found;
}

/** Counts the operations of a stack's last run by kind, from the engine's history. */
async function lastRun(stack: string): Promise<Record<string, number>> {
  const ran = await sandbox.pulumi(["stack", "history", "--json", "--page-size", "1", "-s", stack]);
  const [last] = JSON.parse(ran.stdout) as { kind: string; resourceChanges: object }[];
  expect(last?.kind).toBe("update");
  return Object.fromEntries(
    Object.entries(last?.resourceChanges ?? {}).filter(([op]) => op !== "same" && op !== "read"),
  ) as Record<string, number>;
}

let folders = 0;

/** Writes the files to a spec folder of their own, so that previews can run at once. */
async function written(files: readonly SpecFile[]): Promise<string> {
  folders += 1;
  const folder = join(sandbox.dir, `specs-${folders}`);
  await writeSpecFolder(folder, files);
  return folder;
}

function groups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
