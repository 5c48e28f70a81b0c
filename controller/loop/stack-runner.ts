/** Runs `up` for one stack with the real engine: the same program as by hand, on the exported specs of one commit. */
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { EngineError } from "../../engine/engine-error.ts";
import { openEngine } from "../../engine/engine.ts";
import type { Engine, EngineOptions, EngineStack, RunOptions } from "../../engine/engine.ts";
import type { RunProgress } from "../../engine/progress.ts";
import type { Signals } from "../model/signals.ts";
import { shellQuote } from "../../lib/shell-quote.ts";
import { isLivePulumi } from "./live-process.ts";

export interface RunRequest {
  readonly id: string;
  readonly stack: string;
  /** Folder with the specs of exactly one commit. */
  readonly specs: string;
  /** As of the run's start. `global` reads none. */
  readonly signals: Signals;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly abort: AbortSignal;
}

export interface RunOutcome {
  /** Operation → number of resources. */
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Host → version of its configuration; empty for `global`. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the run warned of, each text once: among it the spec's warnings. */
  readonly warnings: readonly string[];
}

export interface StackRunner {
  /** @throws {RunFailure} when the run doesn't succeed */
  up(request: RunRequest): Promise<RunOutcome>;
}

/** A run that failed, with the engine's errors as its message. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  /** Another run holds the stack's lock. */
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
    async up(request) {
      const run = join(stateDir, "runs", request.id);
      const pids = pidsFile(stateDir, request.stack);
      await mkdir(run, { recursive: true });
      await mkdir(join(stateDir, "pids"), { recursive: true });
      const signals = join(run, "signals.json");
      await writeFile(signals, JSON.stringify(request.signals));
      const env = {
        FLOTILLA_SPECS: request.specs,
        FLOTILLA_SIGNALS: signals,
        FLOTILLA_ENGINE_PIDS: pids,
      };
      try {
        const outcome = await upUnlocked(engine, request, env, pids);
        // The engine ended in order, so it holds no lock.
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

/** Runs `up`; if a lock is left over from an engine of ours that has ended, removes it and tries once more. */
async function upUnlocked(
  engine: Engine,
  { stack, onProgress, abort }: RunRequest,
  env: Readonly<Record<string, string>>,
  pids: string,
): Promise<RunOutcome> {
  // Engines of earlier runs: only they can have left a lock behind.
  const earlier = await readPids(pids);
  const opened = await engine.openStack(stack, env);
  const options = { signal: abort, ...(onProgress === undefined ? {} : { onProgress }) };
  try {
    return await upOf(opened, options);
  } catch (error) {
    if (!(error instanceof EngineError) || !isLeftByOurEngine(error, earlier)) throw error;
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

/** Whether every holder of the lock is an engine that this controller started on this machine and that has ended. */
function isLeftByOurEngine({ locked, holders }: EngineError, ours: readonly number[]): boolean {
  return (
    locked &&
    holders.length > 0 &&
    holders.every(
      ({ host, pid }) => host === hostname() && ours.includes(pid) && !isLivePulumi(pid),
    )
  );
}

/**
 * Writes a script in place of `pulumi` that appends its process id to a file before it becomes the engine. The Automation API
 * doesn't tell the id, and after a crash only the locks of engines that we started and that have ended may be removed.
 */
async function writeShim(root: string, pulumi: string): Promise<void> {
  await mkdir(join(root, "bin"), { recursive: true });
  const path = join(root, "bin", "pulumi");
  await writeFile(
    path,
    `#!/bin/sh\n[ -z "$FLOTILLA_ENGINE_PIDS" ] || echo $$ >> "$FLOTILLA_ENGINE_PIDS"\nexec ${shellQuote(pulumi)} "$@"\n`,
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
