import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

import { guard } from "./guard.ts";

/** A process of a test: its output is kept, and it ends with the test. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has written so far, to both streams. */
  readonly output: () => string;
  /** What it has written to standard output. */
  readonly stdout: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves with the exit code, or the signal's name, once it has ended and its output is read. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts a program with exactly the environment given. Throws when it can't be started. */
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
  const child = spawn(command, args, {
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let output = "";
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
  });
  await once(child, "spawn");
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} has no process id`);
  const guarded = guard("process", pid);
  child.once("exit", guarded.done);
  return {
    pid,
    output: () => output,
    stdout: () => stdout,
    signal: (name) => child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill(options.endSignal ?? "SIGKILL");
      await ended;
    },
  };
}

/** The environment a process was started with, from the kernel: exact, whatever the values hold. */
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
