/** The controller beside the local cloud: a process of its own that keeps the specs applied. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import ky from "ky";
import { ADMIN_TOKEN_FILE, makeToken, readController } from "../controller/index.ts";
import { LocalUpError } from "./failure.ts";
import { projectDir } from "./state-folder.ts";
import type { StateFolder } from "./state-folder.ts";

const POLL_MS = 100;
const START_LIMIT_MS = 60_000;
const SIGNALS_TOKEN_FILE = "signals-token";

export interface ControllerAddress {
  readonly url: string;
  /** File with the admin token. */
  readonly tokenFile: string;
}

export interface ControllerStart {
  /** TypeScript file of the `flotilla` command, whose `controller serve` is started. */
  readonly program: string;
  /** Folder of the specs. */
  readonly specs: string;
  /** 0: any free port. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts the controller and resolves when it answers. It outlives this process.
 *
 * @throws {LocalUpError} when it ends, or doesn't answer within a minute
 */
export async function startController(
  folder: StateFolder,
  start: ControllerStart,
): Promise<ControllerAddress> {
  const { controllerDir } = folder;
  await mkdir(controllerDir, { recursive: true, mode: 0o700 });
  const logFile = join(controllerDir, "log");
  const child = await spawnController(folder, start, logFile);
  for (let waited = 0; waited < START_LIMIT_MS && child.exitCode === null; waited += POLL_MS) {
    const running = readController(controllerDir);
    if (running !== undefined && (await isAnswering(running.url))) {
      await ensureSignalsToken(folder);
      return { url: running.url, tokenFile: join(controllerDir, ADMIN_TOKEN_FILE) };
    }
    await setTimeout(POLL_MS);
  }
  throw new LocalUpError(3, `the controller didn't start: its log is ${logFile}`);
}

async function spawnController(
  { controllerDir }: StateFolder,
  { program, specs, port, env }: ControllerStart,
  logFile: string,
): Promise<ChildProcess> {
  const log = await open(logFile, "a", 0o600);
  const { FLOTILLA_SPECS: _, ...own } = env;
  const child = spawn(
    process.execPath,
    [
      program,
      "controller",
      "serve",
      `--specs=${specs}`,
      `--state=${controllerDir}`,
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
  return child;
}

/** Ends the controller in order and resolves when it has ended; does nothing when none runs. */
export async function stopController({ controllerDir }: StateFolder): Promise<void> {
  const running = readController(controllerDir);
  if (running === undefined) return;
  process.kill(running.pid, "SIGTERM");
  while (readController(controllerDir) !== undefined) await setTimeout(POLL_MS);
}

/** Returns the environment in which commands and plain `pulumi` use the controller; empty when none runs. */
export async function controllerEnvironment({
  controllerDir,
}: StateFolder): Promise<Record<string, string>> {
  const running = readController(controllerDir);
  if (running === undefined) return {};
  const read = async (file: string): Promise<string> =>
    (await readFile(join(controllerDir, file), "utf8")).trim();
  return {
    FLOTILLA_CONTROLLER: running.url,
    FLOTILLA_TOKEN: await read(ADMIN_TOKEN_FILE),
    FLOTILLA_SIGNALS: `${running.url}/v1/signals`,
    FLOTILLA_SIGNALS_TOKEN: await read(SIGNALS_TOKEN_FILE),
  };
}

/** Plain `pulumi` reads the signals with a token that can do nothing else. */
async function ensureSignalsToken({ controllerDir }: StateFolder): Promise<void> {
  const file = join(controllerDir, SIGNALS_TOKEN_FILE);
  if (existsSync(file)) return;
  const secret = await makeToken(controllerDir, "pulumi by hand", "viewer");
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
}

async function isAnswering(url: string): Promise<boolean> {
  return ky.get(`${url}/healthz`, { retry: 0, timeout: 1_000 }).then(
    () => true,
    () => false,
  );
}
