import { execa } from "execa";

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

export interface EndedProgram {
  readonly ok: boolean;
  /** All that the program wrote to stdout and stderr, in the order it came. */
  readonly output: string;
}

const limitMs = 20_000;

/** Runs a program to its end, at most 20 seconds. Its environment is `env` and nothing else. */
export async function runProgram(p: Program): Promise<EndedProgram> {
  const result = await execa(p.path, p.args, options(p));
  p.signal.throwIfAborted();
  if (result.timedOut)
    return { ok: false, output: `${result.all}\nno end after ${limitMs / 1000} s` };
  const reason = result.exitCode === undefined && result.failed ? `\n${result.shortMessage}` : "";
  return { ok: !result.failed, output: `${result.all}${reason}`.trim() };
}

/** Runs a server until it writes a line with `ready`, then ends it with SIGTERM. A server that ends earlier has failed. */
export async function runUntilReady(p: Program, ready: string): Promise<EndedProgram> {
  const server = execa(p.path, p.args, { ...options(p), forceKillAfterDelay: 1000 });
  let isReady = false;
  const lines: string[] = [];
  for await (const line of server.iterable({ from: "all" })) {
    lines.push(line);
    if (isReady || !line.includes(ready)) continue;
    isReady = true;
    server.kill("SIGTERM");
  }
  const result = await server;
  p.signal.throwIfAborted();
  if (!isReady && result.timedOut) lines.push(`not ready after ${limitMs / 1000} s`);
  return { ok: isReady, output: lines.join("\n") };
}

function options(p: Program) {
  return {
    env: p.env,
    extendEnv: false,
    cwd: p.cwd,
    stdin: "ignore",
    all: true,
    reject: false,
    timeout: limitMs,
    cancelSignal: p.signal,
    forceKillAfterDelay: 1000,
  } as const;
}
