/** One `up` of one stack, by the real engine: the same program as by hand, from an export of one commit. */
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { EngineError } from "../../engine/engine-error.ts";
import { openEngine } from "../../engine/engine.ts";
import type { Engine, EngineOptions, EngineStack, RunOptions } from "../../engine/engine.ts";
import type { RunProgress } from "../../engine/progress.ts";
import type { Signals } from "../model/signals.ts";
import { isLivePulumi } from "./live-process.ts";

export interface RunRequest {
  readonly id: string;
  readonly stack: string;
  /** Folder with exactly one commit's specs. */
  readonly specs: string;
  /** As of the run's start; `global` reads none. */
  readonly signals: Signals;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly abort: AbortSignal;
}

export interface RunOutcome {
  /** Operation → number of resources. */
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Of each host's configuration; of a region. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the run warned of, each text once: among it the spec's warnings. */
  readonly warnings: readonly string[];
}

export interface StackRunner {
  /** Throws `RunFailure`. */
  up(order: RunRequest): Promise<RunOutcome>;
}

/** A run that didn't reach its end, in the engine's words. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  /** Somebody else's run holds the stack. */
  readonly locked: boolean;
  readonly warnings: readonly string[];

  constructor(message: string, locked: boolean, cause: unknown, warnings: readonly string[] = []) {
    super(message, { cause });
    this.locked = locked;
    this.warnings = warnings;
  }
}

const versionsSchema = z.record(z.string(), z.string());

export interface StackRunnerOptions extends Omit<EngineOptions, "scratchDir" | "pulumiRoot"> {
  readonly stateDir: string;
  /** The engine's program. */
  readonly pulumi: string;
}

export async function createStackRunner(options: StackRunnerOptions): Promise<StackRunner> {
  const { stateDir, pulumi, projectDir } = options;
  const shimRoot = join(stateDir, "engine");
  await writeShim(shimRoot, pulumi);
  const engine = await openEngine({
    projectDir,
    env: options.env,
    scratchDir: join(stateDir, "scratch"),
    pulumiRoot: shimRoot,
  });
  return {
    async up(order) {
      const run = join(stateDir, "runs", order.id);
      const pids = pidsFile(stateDir, order.stack);
      await mkdir(run, { recursive: true });
      await mkdir(join(stateDir, "pids"), { recursive: true });
      const signals = join(run, "signals.json");
      await writeFile(signals, JSON.stringify(order.signals));
      const env = {
        FLOTILLA_SPECS: order.specs,
        FLOTILLA_SIGNALS: signals,
        FLOTILLA_ENGINE_PIDS: pids,
      };
      try {
        const outcome = await upOnce(engine, order, env, pids);
        // It ended in order, so it holds no lock any more.
        await rm(pids, { force: true });
        return outcome;
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        if (!error.locked) await rm(pids, { force: true });
        throw new RunFailure(error.errors.join("\n"), error.locked, error, error.warnings);
      } finally {
        await rm(run, { recursive: true, force: true });
      }
    },
  };
}

async function upOnce(
  engine: Engine,
  { stack, onProgress, abort }: RunRequest,
  env: Readonly<Record<string, string>>,
  pids: string,
): Promise<RunOutcome> {
  // Of runs before this one: only those can hold a lock that is left over.
  const earlier = await readPids(pids);
  const opened = await engine.openStack(stack, env);
  const options = { signal: abort, ...(onProgress === undefined ? {} : { onProgress }) };
  try {
    return await upOf(opened, options);
  } catch (error) {
    if (!(error instanceof EngineError) || !isLeftByOurDead(error, earlier)) throw error;
  }
  await opened.cancel();
  return upOf(opened, options);
}

async function upOf(stack: EngineStack, options: RunOptions): Promise<RunOutcome> {
  const { changes, warnings } = await stack.up(options);
  const outputs = await stack.outputs();
  const versions = versionsSchema.catch({}).parse(outputs["versions"]);
  return { changes, outputs, versions, warnings };
}

/** Every holder of the lock is a process of this machine that we started, and none of them lives. */
function isLeftByOurDead({ locked, holders }: EngineError, ours: readonly number[]): boolean {
  return (
    locked &&
    holders.length > 0 &&
    holders.every(
      ({ host, pid }) => host === hostname() && ours.includes(pid) && !isLivePulumi(pid),
    )
  );
}

/**
 * The engine notes its process id before it starts, in a file that a crash of ours leaves behind: the Automation API
 * doesn't tell it, and a lock may be taken away only from our own dead.
 */
async function writeShim(root: string, pulumi: string): Promise<void> {
  await mkdir(join(root, "bin"), { recursive: true });
  const path = join(root, "bin", "pulumi");
  const quoted = `'${pulumi.replaceAll("'", `'\\''`)}'`;
  await writeFile(
    path,
    `#!/bin/sh\n[ -z "$FLOTILLA_ENGINE_PIDS" ] || echo $$ >> "$FLOTILLA_ENGINE_PIDS"\nexec ${quoted} "$@"\n`,
  );
  await chmod(path, 0o755);
}

function pidsFile(stateDir: string, stack: string): string {
  return join(stateDir, "pids", stack);
}

async function readPids(file: string): Promise<number[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map(Number);
}
