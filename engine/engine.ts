/** Drives the Pulumi engine through its Automation API, with the same program and steps as `pulumi up` by hand. */
import { mkdir, copyFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConcurrentUpdateError,
  LocalWorkspace,
  PulumiCommand,
  StackAlreadyExistsError,
  StackNotFoundError,
  type EngineEvent,
  type LocalWorkspaceOptions,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { EngineError } from "./engine-error.ts";
import { reduceEvent, startProgress, type RunProgress } from "./progress.ts";

export interface EngineOptions {
  /** Folder of `Pulumi.yaml` and `index.ts`. */
  readonly projectDir: string;
  /**
   * Folder in which stacks are created: it holds only `Pulumi.yaml`, because creating a stack writes its
   * settings file beside that and the tracked ones must stay as they are.
   */
  readonly scratchDir: string;
  /** Folder with `bin/pulumi`. */
  readonly pulumiRoot: string;
  /** Environment of the engine and the providers: backend, tokens and the like. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly onProgress?: (progress: RunProgress) => void;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Operation → number of resources. */
  readonly changes: Readonly<Record<string, number>>;
  /** Warnings of the program, the providers and the engine, each once. The spec's warnings are among them. */
  readonly warnings: readonly string[];
  readonly progress: RunProgress;
}

/** One stack, selected and ready. Runs of one stack must not overlap: the backend's lock refuses the second. */
export interface EngineStack {
  readonly name: string;
  up(options?: RunOptions): Promise<RunResult>;
  preview(options?: RunOptions): Promise<RunResult>;
  destroy(options?: RunOptions): Promise<RunResult>;
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  /** Removes the stack's lock, even that of a live run. Only call it if the holder has died. */
  cancel(): Promise<void>;
}

export interface Engine {
  /**
   * Selects a stack of the backend, creating it if it doesn't exist.
   *
   * @param env besides the engine's own, for the runs of this stack
   * @throws {EngineError} with the engine's message when it refuses
   */
  openStack(name: string, env?: Readonly<Record<string, string>>): Promise<EngineStack>;
}

/** Opens the engine; it is asked for its version once, for all stacks. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const pulumiCommand = await PulumiCommand.get({ root: options.pulumiRoot });
  return {
    openStack: (name, env = {}) =>
      openStack(name, options, { envVars: { ...options.env, ...env }, pulumiCommand }),
  };
}

async function openStack(
  name: string,
  options: EngineOptions,
  workspace: LocalWorkspaceOptions,
): Promise<EngineStack> {
  const select = (): Promise<Stack> =>
    LocalWorkspace.selectStack({ stackName: name, workDir: options.projectDir }, workspace);
  try {
    return wrap(name, await select());
  } catch (cause) {
    if (!(cause instanceof StackNotFoundError)) throw EngineError.from(name, cause);
  }
  await createStack(name, options, workspace);
  return wrap(name, await select());
}

async function createStack(
  name: string,
  { projectDir, scratchDir }: EngineOptions,
  workspace: LocalWorkspaceOptions,
): Promise<void> {
  await mkdir(scratchDir, { recursive: true });
  await copyFile(join(projectDir, "Pulumi.yaml"), join(scratchDir, "Pulumi.yaml"));
  try {
    await LocalWorkspace.createStack({ stackName: name, workDir: scratchDir }, workspace);
  } catch (cause) {
    if (!(cause instanceof StackAlreadyExistsError)) throw EngineError.from(name, cause);
  }
}

interface CommonOptions {
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal?: AbortSignal;
  /**
   * Without this the Automation API asks for the history with its secrets after every run; that command ignores
   * `PULUMI_OPTION_CONFIG_FILE` and writes its encryption salt into the tracked `Pulumi.<stack>.yaml`.
   */
  readonly showSecrets: false;
}

function wrap(name: string, stack: Stack): EngineStack {
  async function run(
    options: RunOptions | undefined,
    start: (common: CommonOptions) => Promise<unknown>,
  ): Promise<RunResult> {
    let progress = startProgress(name);
    const onEvent = (event: EngineEvent): void => {
      progress = reduceEvent(progress, event);
      options?.onProgress?.(progress);
    };
    try {
      const signal = options?.signal ? { signal: options.signal } : {};
      await start({ onEvent, showSecrets: false, ...signal });
    } catch (cause) {
      throw EngineError.from(name, cause, progress, cause instanceof ConcurrentUpdateError);
    }
    return { changes: progress.changes ?? {}, warnings: progress.warnings, progress };
  }
  return {
    name,
    up: (options) => run(options, (common) => stack.up(common)),
    preview: (options) => run(options, (common) => stack.preview(common)),
    destroy: (options) => run(options, (common) => stack.destroy(common)),
    outputs: async () =>
      Object.fromEntries(
        Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]),
      ),
    cancel: () => stack.cancel(),
  };
}
