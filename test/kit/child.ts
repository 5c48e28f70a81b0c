import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { guard } from "../../fixtures/guard.ts";
import { temporaryFolder } from "./scratch-folder.ts";

/** A process of a test: its output is kept, and it ends with the test. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has written so far, to standard output and then to standard error. */
  readonly output: () => string;
  /** What it has written to standard output. */
  readonly stdout: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves with the exit code, or the signal's name, once it has ended and its output is read. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts a program with exactly the environment given. Throws when it can't be started.
 * It writes to files: Process Compose ends at once when a pipe it writes to is closed, and leaves its processes behind.
 */
export async function startChild(
  command: string,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Sent when the test is over. @default SIGKILL; a program with children of its own must get SIGTERM. */
    readonly endSignal?: NodeJS.Signals;
  },
): Promise<Child> {
  const folder = await temporaryFolder();
  const paths = { stdout: join(folder.path, "stdout"), stderr: join(folder.path, "stderr") };
  const files = [openSync(paths.stdout, "a"), openSync(paths.stderr, "a")] as const;
  const child = spawn(command, args, {
    env: options.env,
    stdio: ["pipe", ...files],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
  });
  await once(child, "spawn");
  for (const file of files) closeSync(file);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} has no process id`);
  const guarded = guard("process", pid);
  child.once("exit", guarded.done);
  let final: { stdout: string; stderr: string } | undefined;
  function read(): { stdout: string; stderr: string } {
    return (
      final ?? {
        stdout: readFileSync(paths.stdout, "utf8"),
        stderr: readFileSync(paths.stderr, "utf8"),
      }
    );
  }
  return {
    pid,
    output: () => read().stdout + read().stderr,
    stdout: () => read().stdout,
    signal: (name) => child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill(options.endSignal ?? "SIGKILL");
      await ended;
      final = read();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The environment a process was started with, exactly as the kernel holds it. */
export async function environmentOf(pid: number): Promise<Map<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8");
  const entries = text.split("\0").filter((entry) => entry !== "");
  return new Map(
    entries.map((entry) => [
      entry.slice(0, entry.indexOf("=")),
      entry.slice(entry.indexOf("=") + 1),
    ]),
  );
}

/** The argument list of a process, from the kernel. */
export async function argumentsOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
}
