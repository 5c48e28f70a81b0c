/** The local world's controller: a process of its own that keeps the specs applied to the local cloud. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import ky from "ky";
import { ADMIN_TOKEN_FILE, makeToken, readController } from "../controller/index.ts";
import { RemoteError } from "../clients/cli/command-line/failure.ts";
import { projectDir } from "../clients/cli/specs/spec-folder.ts";
import type { LocalWorld } from "./state-folder.ts";

const DEFAULT_PORT = 4400;
const POLL_MS = 100;
const PATIENCE_MS = 60_000;

/** Starts it and resolves when it answers. It outlives this process. */
export async function startLocalController(
  world: LocalWorld,
  specs: string,
  portBase: number | undefined,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly tokenFile: string }> {
  await mkdir(world.controllerDir, { recursive: true, mode: 0o700 });
  const logFile = join(world.controllerDir, "log");
  const log = await open(logFile, "a", 0o600);
  const port = await choosePort(portBase);
  const { FLOTILLA_SPECS: _, ...own } = env;
  const child = spawn(
    process.execPath,
    [
      join(projectDir, "clients", "cli", "flotilla.ts"),
      "controller",
      "serve",
      `--specs=${specs}`,
      `--state=${world.controllerDir}`,
      `--listen=127.0.0.1:${port}`,
    ],
    {
      cwd: projectDir,
      env: { ...process.env, ...own },
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    },
  );
  child.unref();
  await log.close();
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    if (child.exitCode !== null) break;
    const running = readController(world.controllerDir);
    if (running !== undefined && (await isAnswering(running.url))) {
      const tokenFile = join(world.controllerDir, ADMIN_TOKEN_FILE);
      await ensureSignalsToken(world);
      return { url: running.url, tokenFile };
    }
    await setTimeout(POLL_MS);
  }
  throw new RemoteError(`the controller didn't start: its log is ${logFile}`);
}

/** Ends it in order; fine when none runs. */
export async function stopLocalController(world: LocalWorld): Promise<void> {
  const running = readController(world.controllerDir);
  if (running === undefined) return;
  process.kill(running.pid, "SIGTERM");
  while (readController(world.controllerDir) !== undefined) await setTimeout(POLL_MS);
}

/** What commands, and `pulumi` by hand, need to work with it; nothing when none runs. */
export async function controllerEnv(world: LocalWorld): Promise<Record<string, string>> {
  const running = readController(world.controllerDir);
  if (running === undefined) return {};
  const read = async (file: string): Promise<string> =>
    (await readFile(join(world.controllerDir, file), "utf8")).trim();
  return {
    FLOTILLA_CONTROLLER: running.url,
    FLOTILLA_TOKEN: await read(ADMIN_TOKEN_FILE),
    FLOTILLA_SIGNALS: `${running.url}/v1/signals`,
    FLOTILLA_SIGNALS_TOKEN: await read(SIGNALS_TOKEN_FILE),
  };
}

const SIGNALS_TOKEN_FILE = "signals-token";

async function ensureSignalsToken(world: LocalWorld): Promise<void> {
  const file = join(world.controllerDir, SIGNALS_TOKEN_FILE);
  if (existsSync(file)) return;
  const secret = await makeToken(world.controllerDir, "pulumi by hand", "viewer");
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
}

async function isAnswering(url: string): Promise<boolean> {
  return ky.get(`${url}/healthz`, { retry: 0, timeout: 1_000 }).then(
    () => true,
    () => false,
  );
}

/** The usual one while it is free. */
async function choosePort(portBase: number | undefined): Promise<number> {
  if (portBase === 0) return 0;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(0));
    probe.listen(DEFAULT_PORT, "127.0.0.1", () => probe.close(() => resolve(DEFAULT_PORT)));
  });
}
