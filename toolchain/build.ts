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
 * Builds a tool into its cache folder, unless another process has built it meanwhile. Go keeps what it downloaded and
 * compiled in its own caches, so the next call continues an interrupted build.
 *
 * @throws {ToolchainError} with exit code 3 and the end of Go's output
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
      const draft = draftPath(binary);
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

/** Removes the drafts of builds that were killed. The lock is held, so none of them belongs to a running build. */
async function removeLeftovers(recipe: Recipe, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`.${recipe.binary}.`) && name.endsWith(".draft")) {
      await rm(join(folder, name), { force: true });
    }
  }
}

function draftPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.draft`);
}

async function compile(recipe: Recipe, output: string, o: BuildOptions): Promise<void> {
  const { os, arch } = goPlatform();
  const started = performance.now();
  const build = execa(o.go, ["build", "-v", ...buildFlags(recipe), "-o", output, recipe.package], {
    cwd: moduleFolder(recipe.name),
    extendEnv: false,
    // The user's Go workspace and flags would change the bytes that the cache key promises. `-modcacherw` is kept:
    // it only decides how Go stores modules.
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

/**
 * Puts the files beside the language host that the engine looks for there. The wrapper comes last, because its
 * presence says that the language host is complete.
 */
async function addCompanions(folder: string): Promise<void> {
  const shim = join(import.meta.dirname, "..", "node_modules/@pulumi/pulumi", dynamicProviderName);
  const drafts = {
    shim: draftPath(join(folder, dynamicProviderName)),
    wrapper: draftPath(join(folder, wrapperName)),
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
