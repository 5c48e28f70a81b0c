/** Installs the pinned plugins into a Pulumi home: the official ones where available, else the stand-ins. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { shellQuote } from "../../lib/shell-quote.ts";
import { PINNED_PLUGINS, type PinnedPlugin } from "./pinned.ts";

export interface InstallOptions {
  /** `PULUMI_HOME` of the local cloud. */
  readonly pulumiHome: string;
  /** Path of the `pulumi` binary. */
  readonly pulumi: string;
  /** Environment for `pulumi`; the user's own plugins are below its `HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Receives one line of progress for people. */
  readonly log: (message: string) => void;
  /** @default 20 seconds for the download of one plugin */
  readonly timeoutMs?: number;
}

export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  readonly source: "official" | "stand-in";
}

/** File in the folder of a stand-in: says to people what it is, and to the next run that it is installed. */
const MARK = "STAND-IN";
const DOWNLOAD_TIMEOUT_MS = 20_000;
const RENAME_ATTEMPTS = 20;
const run = promisify(execFile);

/**
 * Idempotent, safe to run twice at once, and cheap when the plugins are installed. Takes the first of: the plugin in this home;
 * a link to the one in the user's own `~/.pulumi/plugins`; a download; the stand-in, which stays until its folder is removed or
 * the official plugin appears in `~/.pulumi/plugins`.
 *
 * @throws only when the home can't be written
 */
export function installPlugins(options: InstallOptions): Promise<readonly InstalledPlugin[]> {
  return Promise.all(PINNED_PLUGINS.map((plugin) => installPlugin(plugin, options)));
}

async function installPlugin(
  plugin: PinnedPlugin,
  options: InstallOptions,
): Promise<InstalledPlugin> {
  const folder = folderOf(options.pulumiHome, plugin);
  const { name, version } = plugin;
  const had = existsSync(join(folder, MARK))
    ? "stand-in"
    : isComplete(folder, plugin)
      ? "official"
      : undefined;
  if (had === "official") return { name, version, source: "official" };

  const users = folderOf(join(options.env["HOME"] ?? "", ".pulumi"), plugin);
  if (options.env["HOME"] && users !== folder && isComplete(users, plugin)) {
    await putFolder(folder, async (temporary) => {
      // The engine overlooks a plugin folder that is itself a link.
      for (const file of await readdir(users))
        await symlink(join(users, file), join(temporary, file));
    });
    return { name, version, source: "official" };
  }

  if (had === undefined) {
    const problem = await download(plugin, options);
    if (problem === undefined) return { name, version, source: "official" };
    options.log(
      `plugin ${name} ${version}: a stand-in with the part that is used here, as the official one can't be had (${problem})`,
    );
  }
  await putStandIn(folder, plugin);
  return { name, version, source: "stand-in" };
}

/** What went wrong, in a few words, or nothing. */
async function download(
  plugin: PinnedPlugin,
  options: InstallOptions,
): Promise<string | undefined> {
  const folder = folderOf(options.pulumiHome, plugin);
  const timeout = options.timeoutMs ?? DOWNLOAD_TIMEOUT_MS;
  const env = { ...options.env, PULUMI_HOME: options.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    await run(
      options.pulumi,
      ["plugin", "install", "resource", plugin.name, `v${plugin.version}`],
      { env, timeout, killSignal: "SIGKILL" },
    );
    return isComplete(folder, plugin) ? undefined : "the download installed no plugin";
  } catch (error) {
    await Promise.all(
      [`${folder}.partial`, `${folder}.lock`].map((left) =>
        rm(left, { recursive: true, force: true }),
      ),
    );
    const { killed, stderr, message } = error as {
      killed?: boolean;
      stderr?: string;
      message: string;
    };
    return killed ? `no download within ${timeout / 1000} s` : innermostReason(stderr || message);
  }
}

/** Returns the innermost reason of the engine's long error lines: `…: dial tcp: lookup get.pulumi.com: no such host`. */
function innermostReason(text: string): string {
  const line =
    text.split("\n").find((candidate) => /^(warning|error): /.test(candidate)) ??
    text.trim().split("\n").at(-1) ??
    "";
  return line.split(": ").slice(-2).join(": ").slice(0, 160);
}

async function putStandIn(folder: string, plugin: PinnedPlugin): Promise<void> {
  const module = fileURLToPath(new URL(plugin.standIn, import.meta.url));
  const script = `#!/bin/sh\nexec ${shellQuote(process.execPath)} ${shellQuote(module)} "$@"\n`;
  const binary = binaryOf(plugin);
  // After the checkout was moved, the script points to a path that doesn't exist.
  if ((await readFile(join(folder, binary), "utf8").catch(() => "")) === script) return;
  await putFolder(folder, async (temporary) => {
    await writeFile(join(temporary, binary), script, { mode: 0o755 });
    await writeFile(
      join(temporary, MARK),
      `Not the official Pulumi plugin ${plugin.name} ${plugin.version}, but flotilla's stand-in: ${module}\n` +
        "Remove this folder to have the official one tried again.\n",
    );
  });
}

/** Fills a temporary folder and renames it, so that the engine never sees half a plugin. */
async function putFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const plugins = dirname(folder);
  const temporary = join(plugins, `.new-${randomBytes(4).toString("hex")}`);
  const old = join(plugins, `.old-${randomBytes(4).toString("hex")}`);
  await mkdir(temporary, { recursive: true });
  await fill(temporary);
  for (let attempt = 1; ; attempt++) {
    await rename(folder, old).catch(ignore("ENOENT"));
    await rm(old, { recursive: true, force: true });
    try {
      return await rename(temporary, folder);
    } catch (error) {
      // Another run has created the folder in between: replace it.
      if (!isTaken(error) || attempt === RENAME_ATTEMPTS) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function ignore(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error;
  };
}

function isComplete(folder: string, plugin: PinnedPlugin): boolean {
  return (
    existsSync(join(folder, binaryOf(plugin))) &&
    !existsSync(`${folder}.partial`) &&
    !existsSync(join(folder, MARK))
  );
}

function folderOf(home: string, plugin: PinnedPlugin): string {
  return join(home, "plugins", `resource-${plugin.name}-v${plugin.version}`);
}

function binaryOf(plugin: PinnedPlugin): string {
  return `pulumi-resource-${plugin.name}`;
}
