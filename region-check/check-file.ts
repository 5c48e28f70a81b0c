import { writeFile } from "node:fs/promises";
import { hostPath, translateAddresses, translatePaths, untranslate } from "./guest-root.ts";
import type { Job } from "./distinct-files.ts";
import { runProgram, runUntilReady } from "./run-program.ts";
import type { Ended } from "./run-program.ts";

export interface CheckContext {
  /** The temporary guest root that holds the first host's files. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<"process-compose" | "caddy" | "nats-server", string>>;
  readonly signal: AbortSignal;
}

/** What a check did, e.g. `caddy validate`, and the tool's own message if it refused the file. */
export interface Verdict {
  readonly did: string;
  readonly message?: string;
}

/** Checks one file with the program that will read it. */
export async function checkFile(job: Job, c: CheckContext): Promise<Verdict> {
  switch (job.checker) {
    case "process-compose":
      return checkProcessCompose(job, c);
    case "caddy":
      return checkCaddy(job, c);
    case "nats":
      return checkNats(job, c);
  }
}

async function checkProcessCompose(job: Job, c: CheckContext): Promise<Verdict> {
  const did = "process-compose dry run";
  const unset = unsetVariables(job.text, c.env);
  if (unset.length > 0) {
    // Process Compose would put nothing in their place without a word.
    return { did, message: `nothing sets ${unset.map((name) => `\${${name}}`).join(", ")}` };
  }
  const args = ["up", "--dry-run", "-f", hostPath(c.root, job.path), "-L", "/dev/null"];
  const ended = await runProgram({ ...base(c), path: c.bin["process-compose"], args });
  return verdict(did, ended, c, (line) => !/"level":"(debug|info)"/.test(line));
}

/** Names of `$NAME` and `${NAME…}` outside `$$` that the environment doesn't have. */
function unsetVariables(text: string, env: Readonly<Record<string, string>>): string[] {
  const used = text.replaceAll("$$", "").matchAll(/\$\{?([A-Za-z_]\w*)/g);
  const names = new Set([...used].map((match) => match[1] ?? ""));
  return [...names].filter((name) => env[name] === undefined);
}

async function checkCaddy(job: Job, c: CheckContext): Promise<Verdict> {
  const args = ["validate", "--config", hostPath(c.root, job.path)];
  const ended = await runProgram({ ...base(c), path: c.bin.caddy, args });
  return verdict("caddy validate", ended, c, (line) => !/"level":"(debug|info|warn)"/.test(line));
}

/** The parser accepts files that the server refuses at its start, so both are tried. */
async function checkNats(job: Job, c: CheckContext): Promise<Verdict> {
  const program = { ...base(c), path: c.bin["nats-server"] };
  const parsed = await runProgram({ ...program, args: ["-c", hostPath(c.root, job.path), "-t"] });
  if (!parsed.ok) return verdict("nats-server -t", parsed, c, isNatsComplaint);
  const started = `${hostPath(c.root, job.path)}.start`;
  await writeFile(started, translateAddresses(translatePaths(c.root, job.text)));
  const ended = await runUntilReady({ ...program, args: ["-c", started] }, "Server is ready");
  return verdict("nats-server -t and start", ended, c, isNatsComplaint);
}

function isNatsComplaint(line: string): boolean {
  return !/\[(INF|DBG|TRC|WRN)\]/.test(line);
}

function base(c: CheckContext) {
  return { env: c.env, cwd: c.root, signal: c.signal };
}

/** A refusal is told by the lines that matter, or by all of them when none stands out. */
function verdict(
  did: string,
  ended: Ended,
  c: CheckContext,
  matters: (line: string) => boolean,
): Verdict {
  if (ended.ok) return { did };
  const lines = untranslate(c.root, ended.output)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const important = lines.filter(matters);
  const message = (important.length > 0 ? important : lines).slice(-12).join("\n");
  return { did, message: message === "" ? `${did} failed without a word` : message };
}
