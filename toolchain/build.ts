import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { executableIn, goPlatform, isExecutable, moduleFolder } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { ToolchainError } from "./error.ts";
import { dynamicProviderName, languageHostWrapper, wrapperName } from "./language-host.ts";
import { withLock } from "./lock.ts";
import type { BuildPhase } from "./progress.ts";
import { buildFlags } from "./recipe.ts";
import type { Recipe } from "./recipe.ts";

export interface BuildOptions {
  /** Path of the `go` program. */
  readonly go: string;
  /** Cache folder of the tool. */
  readonly folder: string;
  readonly env: Environment;
  readonly onPhase: (phase: BuildPhase, detail: string, count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds a tool into its cache folder; does nothing if another process was quicker. What Go has downloaded and
 * compiled stays in Go's own caches, so an interrupted build goes on where it was.
 * @throws ToolchainError (3) with the end of Go's output.
 */
export async function buildTool(recipe: Recipe, o: BuildOptions): Promise<void> {
  await mkdir(o.folder, { recursive: true });
  const lock = {
    signal: o.signal,
    onWait: (pid: number) => o.onPhase("waiting", `process ${pid}`, 0),
  };
  await withLock(join(o.folder, `.${recipe.binary}.lock`), lock, async () => {
    if (await isExecutable(executableIn(o.folder, recipe.name))) return;
    await removeLeftovers(recipe, o.folder);
    const binary = join(o.folder, recipe.binary);
    if (!(await isExecutable(binary))) {
      const draft = draftOf(binary);
      try {
        await compile(recipe, draft, o);
        await rename(draft, binary);
      } finally {
        await rm(draft, { force: true });
      }
    }
    if (recipe.name === "pulumi-language-nodejs") await addCompanions(o.folder);
  });
}

/** Files of builds that were killed: nobody else is here while the lock is held. */
async function removeLeftovers(recipe: Recipe, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`.${recipe.binary}.`) && name.endsWith(".draft")) {
      await rm(join(folder, name), { force: true });
    }
  }
}

function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.draft`);
}

async function compile(recipe: Recipe, output: string, o: BuildOptions): Promise<void> {
  const { os, arch } = goPlatform();
  const started = performance.now();
  const build = execa(o.go, ["build", "-v", ...buildFlags(recipe), "-o", output, recipe.package], {
    cwd: moduleFolder(recipe.name),
    extendEnv: false,
    // A workspace or flags of the user's own would make other bytes than the cache key promises; how
    // Go keeps its modules is the user's affair.
    env: {
      ...o.env,
      CGO_ENABLED: "0",
      GOOS: os,
      GOARCH: arch,
      GOWORK: "off",
      GOFLAGS: keptFlags(o.env),
    },
    stdin: "ignore",
    stdout: "ignore",
    reject: false,
    buffer: false,
    ...(o.signal === undefined ? {} : { cancelSignal: o.signal }),
  });
  o.onPhase("loading", "", 0);
  const tail: string[] = [];
  const counts = { downloading: 0, compiling: 0 };
  for await (const line of build.iterable({ from: "stderr" })) {
    const download = /^go: downloading (.*)$/.exec(line)?.[1];
    if (download !== undefined) o.onPhase("downloading", download, ++counts.downloading);
    else if (/^[\w.~/-]+$/.test(line)) o.onPhase("compiling", line, ++counts.compiling);
    else if (tail.push(line) > 20) tail.shift();
  }
  const result = await build;
  if (!result.failed) return;
  o.signal?.throwIfAborted();
  throw buildError(recipe, tail, result.shortMessage ?? "", performance.now() - started, o.env);
}

function keptFlags(env: Environment): string {
  return (env["GOFLAGS"] ?? "").split(" ").includes("-modcacherw") ? "-modcacherw" : "";
}

function buildError(
  recipe: Recipe,
  tail: readonly string[],
  reason: string,
  elapsedMs: number,
  env: Environment,
): ToolchainError {
  const details = tail.length === 0 ? [reason] : tail;
  return new ToolchainError(
    [
      `${recipe.name} ${recipe.version} could not be built (after ${Math.round(elapsedMs / 1000)} s). The end of Go's output:`,
      ...details.map((line) => `  ${line}`),
      `Check the network and the Go module proxy (GOPROXY=${env["GOPROXY"] ?? "https://proxy.golang.org,direct"}) and the disk's free space, then run the same again: what is downloaded and compiled is kept. Or put ${recipe.name} ${recipe.version} on PATH.`,
    ].join("\n"),
    3,
  );
}

/** The wrapper comes last: the language host counts as there when the wrapper is. */
async function addCompanions(folder: string): Promise<void> {
  const shim = join(import.meta.dirname, "..", "node_modules/@pulumi/pulumi", dynamicProviderName);
  const drafts = {
    shim: draftOf(join(folder, dynamicProviderName)),
    wrapper: draftOf(join(folder, wrapperName)),
  };
  try {
    await copyFile(shim, drafts.shim);
    await writeFile(drafts.wrapper, languageHostWrapper);
  } catch (error) {
    throw new ToolchainError(
      `${shim} can't be copied beside the Pulumi engine: run \`npm ci\` first.`,
      2,
      { cause: error },
    );
  }
  await chmod(drafts.shim, 0o755);
  await rename(drafts.shim, join(folder, dynamicProviderName));
  await chmod(drafts.wrapper, 0o755);
  await rename(drafts.wrapper, join(folder, wrapperName));
}
