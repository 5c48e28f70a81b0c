/** The demo in a checkout of its own: no tracked file changes, and another person's encryption salt in a stack file does no harm. */
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endSandbox } from "../../fixtures/end-sandbox.ts";
import { guardSandbox } from "../../fixtures/sandbox.ts";
import { root } from "../../fixtures/project-root.ts";

let checkout: string;
let guards: { done: () => void }[];

async function git(...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  return (await execa("git", [...identity, ...args], { cwd: checkout })).stdout;
}

async function flotilla(...args: string[]): Promise<{ exitCode?: number; all: string }> {
  const { exitCode, all } = await execa(process.execPath, ["clients/cli/flotilla.ts", ...args], {
    cwd: checkout,
    reject: false,
    all: true,
    stdin: "ignore",
  });
  return { all, ...(exitCode === undefined ? {} : { exitCode }) };
}

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), "flotilla-checkout-"));
  guards = guardSandbox(root, checkout, join(checkout, ".flotilla/local"));
  const { stdout } = await execa("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root });
  for (const path of stdout.split("\n")) {
    await cp(join(root, path), join(checkout, path), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(checkout, "node_modules"));
  await writeFile(
    join(checkout, "Pulumi.iad.yaml"),
    "encryptionsalt: v1:c3RyYW5nZXI=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nconfig: {}\n",
  );
  await git("init", "-q");
  await writeFile(join(checkout, ".git/info/exclude"), "node_modules\n");
  await git("add", "-A");
  await git("commit", "-qm", "a checkout");
});
afterAll(async () => {
  await endSandbox(checkout, join(checkout, ".flotilla/local"));
  await rm(checkout, { recursive: true, force: true });
  for (const { done } of guards) done();
});

it("the demo leaves git status empty", async () => {
  const up = await flotilla("local", "up", "--once", "--simulated", "--port-base", "0");
  expect(up.exitCode, up.all).toBe(0);
  expect(await git("status", "--porcelain")).toBe("");
});
