import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import {
  assertNode,
  ensureTools,
  findTools,
  recipes,
  ToolchainError,
} from "../../toolchain/index.ts";
import type { ToolEvent } from "../../toolchain/index.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";
import { writeScript } from "../kit/script.ts";

const systemPath = "/usr/bin:/bin";

/** What `ensureTools` rejects with. */
async function failureOf(env: Record<string, string>): Promise<ToolchainError> {
  const failure: unknown = await ensureTools(["nats-server"], { env }).catch((e: unknown) => e);
  if (failure instanceof ToolchainError) return failure;
  throw new Error("no ToolchainError", { cause: failure });
}

/** An environment with an empty cache and a `go` of the given script in front. */
async function withGo(lines: readonly string[]) {
  const folder = scratchFolder();
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeScript(join(bin, "go"), lines);
  const cache = join(folder, "cache");
  return {
    folder,
    cache,
    env: { PATH: `${bin}:${systemPath}`, HOME: folder, FLOTILLA_CACHE: cache },
  };
}

test("without Go one sentence says what is missing, for what, and the fix", async ({ expect }) => {
  const folder = scratchFolder();
  const error = await failureOf({ PATH: folder, HOME: folder });
  expect(error.exitCode).toBe(2);
  expect(error.message).toBe(
    "Go isn't on PATH, and nats-server 2.14.5 must be built with it: install Go 1.26 or newer from https://go.dev/dl and put it on PATH.",
  );
});

test("a Go that is too old is named with its version", async ({ expect }) => {
  const { env, folder } = await withGo(["echo go1.25.9"]);
  const error = await failureOf(env);
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain(
    `${folder}/bin/go is Go 1.25.9, too old to build nats-server 2.14.5`,
  );
});

test("a Node that is too old is named with its version", ({ expect }) => {
  expect(() => assertNode("20.20.2")).toThrow(/^This is Node 20\.20\.2, and flotilla needs 22\.18/);
  expect(() => assertNode("22.18.0")).not.toThrow();
});

test("a failed build shows the end of Go's output, exits 3 and leaves no draft", async ({
  expect,
}) => {
  const { env, cache } = await withGo([
    'if [ "$1" = env ]; then echo go1.26.0; exit 0; fi',
    'echo "go: downloading github.com/nats-io/nkeys v0.4.16" >&2',
    'echo "dial tcp: lookup proxy: no such host" >&2; exit 1',
  ]);
  const error = await failureOf(env);
  expect(error.exitCode).toBe(3);
  expect(error.message).toContain("nats-server 2.14.5 could not be built");
  expect(error.message).toContain("  dial tcp: lookup proxy: no such host");
  expect(error.message).not.toContain("downloading github.com");
  const tools = join(cache, "tools");
  for (const name of await readdir(tools)) expect(await readdir(join(tools, name))).toEqual([]);
});

test("nats-server is really built from an empty cache, and found there the next time without Go", async ({
  expect,
}) => {
  const cache = scratchFolder();
  const env = { ...process.env, FLOTILLA_CACHE: cache, PATH: buildPath() };
  const events: ToolEvent[] = [];
  const first = await ensureTools(["nats-server"], { env, onProgress: (e) => void events.push(e) });
  expect(first["nats-server"].source).toBe("built");
  const { stdout } = await execa(first["nats-server"].path, ["-v"]);
  expect(stdout).toBe(`nats-server: v${recipes["nats-server"].version}`);
  expect(events.at(0)).toMatchObject({ kind: "progress", tool: "nats-server", index: 1, total: 1 });
  expect(events.at(-1)).toMatchObject({ kind: "done", tool: "nats-server" });

  const again = await ensureTools(["nats-server"], { env: { ...env, PATH: "" } });
  expect(again["nats-server"]).toEqual({ ...first["nats-server"], source: "cache" });
}, 120_000);

/** Go and the system's own folders: a nats-server of this machine's own elsewhere on PATH would be taken first. */
function buildPath(): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders
    .filter((f) => f.endsWith("/go/bin") || systemPath.split(":").includes(f))
    .join(":");
}

/** Runs `ensureTools(["nats-server"])` in a process of its own; `output` grows: phases, then the source. */
function ensureInProcess(env: Record<string, string>) {
  const module = JSON.stringify(join(import.meta.dirname, "../../toolchain/index.ts"));
  const program = `import { ensureTools } from ${module};
    const onProgress = (event) => process.stdout.write((event.phase ?? event.kind) + " ");
    process.stdout.write((await ensureTools(["nats-server"], { onProgress }))["nats-server"].source);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const run = { child, output: "", ended: once(child, "exit") };
  child.stdout.on("data", (chunk: Buffer) => (run.output += chunk.toString()));
  return run;
}

/** A `go` that notes each build in `builds` and holds it until the file `go-on` is there. */
function gatedGo(folder: string): string[] {
  return [
    'if [ "$1" = env ]; then echo go1.26.0; exit 0; fi',
    `echo build >> ${folder}/builds`,
    // Killed or not, it ends with the test at the latest.
    `while [ -d ${folder} ] && [ ! -e ${folder}/go-on ]; do sleep 0.05; done`,
    'while [ "$1" != -o ]; do shift; done',
    'printf "#!/bin/sh\\n" > "$2"; chmod +x "$2"',
  ];
}

test("two processes at once build a tool once: the second waits and says so", async ({
  expect,
}) => {
  const gate = scratchFolder();
  const { env } = await withGo(gatedGo(gate));
  const first = ensureInProcess(env);
  await expect.poll(async () => buildsIn(gate), { timeout: 10_000 }).toBe(1);
  const second = ensureInProcess(env);
  await expect.poll(() => second.output, { timeout: 10_000 }).toContain("waiting");
  await writeFile(join(gate, "go-on"), "");
  await Promise.all([first.ended, second.ended]);
  expect(first.output).toMatch(/done built$/);
  expect(second.output).toMatch(/done built$/);
  expect(await buildsIn(gate)).toBe(1);
});

test("a build that was killed is taken over by the next", async ({ expect }) => {
  const gate = scratchFolder();
  const { env, cache } = await withGo(gatedGo(gate));
  const killed = ensureInProcess(env);
  await expect.poll(async () => buildsIn(gate), { timeout: 10_000 }).toBe(1);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(await locksIn(cache)).toHaveLength(1);
  await writeFile(join(gate, "go-on"), "");
  expect((await ensureTools(["nats-server"], { env }))["nats-server"].source).toBe("built");
  expect(await buildsIn(gate)).toBe(2);
  expect(await locksIn(cache)).toEqual([]);
});

async function buildsIn(folder: string): Promise<number> {
  const text = await readFile(join(folder, "builds"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

async function locksIn(cache: string): Promise<string[]> {
  const names = await readdir(join(cache, "tools"), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".lock"));
}

test("a program on PATH is taken when it has the pinned version, else told and passed over", async ({
  expect,
}) => {
  const { "nats-server": ours } = await ensureTools(["nats-server"]);
  const folder = scratchFolder();
  const bin = join(folder, "bin");
  await mkdir(bin);
  await copyFile(ours.path, join(bin, "nats-server"));
  const env = { PATH: bin, HOME: folder };
  expect(await findTools(["nats-server"], env)).toEqual({
    tools: {
      "nats-server": { ...ours, path: join(bin, "nats-server"), source: "path" },
    },
    warnings: [],
  });

  await copyFile("/bin/true", join(bin, "nats-server"));
  expect(await findTools(["nats-server"], env)).toEqual({
    tools: {},
    warnings: [
      `${bin}/nats-server is of an unknown version, not 2.14.5: using our own nats-server`,
    ],
  });
});

test("npm's pulumi is a script that downloads: it is neither counted nor started", async ({
  expect,
}) => {
  const folder = scratchFolder();
  const shim = join(folder, "node_modules/.bin");
  await mkdir(shim, { recursive: true });
  await writeScript(join(shim, "pulumi"), [`touch ${folder}/started`, "echo v3.259.0"]);
  const elsewhere = join(folder, "global");
  await mkdir(elsewhere);
  await symlink(join(shim, "pulumi"), join(elsewhere, "pulumi"));
  const env = { PATH: `${shim}:${elsewhere}`, HOME: folder };
  expect(await findTools(["pulumi"], env)).toEqual({ tools: {}, warnings: [] });
  expect(await readdir(folder)).not.toContain("started");
});
