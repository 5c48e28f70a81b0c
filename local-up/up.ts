import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { openEngine } from "../engine/engine.ts";
import type { EngineOptions, EngineStack } from "../engine/engine.ts";
import { purgeCloud, readCloud, spawnCloud, stopCloud } from "../local/index.ts";
import type { CloudInfo, CloudOptions } from "../local/index.ts";
import { installPlugins } from "../local/plugins/install.ts";
import { ensureTools, preparePulumiHome, toolNames } from "../toolchain/index.ts";
import type { CompiledFleet } from "./compiled-fleet.ts";
import { chooseControllerPort } from "./controller-port.ts";
import { startController, stopController } from "./controller-process.ts";
import type { ControllerAddress } from "./controller-process.ts";
import { cloudEnvironment, pulumiRoot } from "./environment.ts";
import { LocalUpError } from "./failure.ts";
import { ensureSecrets } from "./secrets.ts";
import { ensureStateFolder, projectDir, purgeStateFolder } from "./state-folder.ts";
import type { StateFolder } from "./state-folder.ts";
import type { LocalUpEvent } from "./up-event.ts";
import { verifiedHostname, verifyThroughEdge } from "./verification.ts";

export interface LocalUpOptions {
  readonly folder: StateFolder;
  /** Folder of the specs. */
  readonly specs: string;
  /** Those specs, compiled. */
  readonly fleet: CompiledFleet;
  /** Simulated Machines serve nothing; the others are real processes. */
  readonly simulated: boolean;
  /** First of the ports to listen on; 0: any free ones. Default: the well-known ones. */
  readonly portBase: number | undefined;
  /** TypeScript file of the `flotilla` command that serves the controller; undefined: no controller. */
  readonly controllerProgram: string | undefined;
  readonly onEvent: (event: LocalUpEvent) => void;
  /** Ends the engine's run in order. */
  readonly signal: AbortSignal;
}

type Programs = CloudOptions["bin"];
type Environment = Readonly<Record<string, string>>;

/**
 * Starts the local cloud, or joins the one that runs, and deploys the fleet onto it: secrets, stack `global`, every
 * region in rollout order, a verified request per region, the controller. What is there already is left as it is.
 *
 * @throws {LocalUpError} when the cloud, an edge or the controller fails
 * @throws {EngineError} when a run of the engine fails
 */
export async function deployLocally(options: LocalUpOptions): Promise<CloudInfo> {
  const { folder, simulated, signal, onEvent } = options;
  const { pulumi, programs } = await obtainTools(options);
  await ensureStateFolder(folder);
  await preparePulumiHome(folder.pulumiHome);
  signal.throwIfAborted();
  // The controller of an earlier `up` would run the same stacks at the same time.
  await stopController(folder);
  onEvent({ kind: "cloud-starting" });
  const cloud = await startOrJoinCloud(options, programs);
  onEvent({ kind: "cloud-ready", cloud });
  const env = await cloudEnvironment(folder, cloud, options.specs);
  await preparePlugins(options, pulumi, env);
  await runStacks(options, env);
  if (!simulated) await verifyRegions(options, cloud);
  if (options.controllerProgram !== undefined)
    await startControllerBeside(options, options.controllerProgram, env);
  return cloud;
}

/** Stops the controller, then the cloud. With `purge` their state is removed, too. */
export async function takeDown(folder: StateFolder, purge: boolean): Promise<void> {
  // The controller would repair what is taken down.
  await stopController(folder);
  await stopCloud(folder.cloudDir);
  if (!purge) return;
  await purgeCloud(folder.cloudDir);
  await purgeStateFolder(folder);
}

/**
 * Waits until `signal` aborts.
 *
 * @throws {LocalUpError} when the cloud ends before
 */
export async function watchCloud({ cloudDir }: StateFolder, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(2_000, undefined, { signal })) {
      if (await readCloud(cloudDir)) continue;
      throw new LocalUpError(3, `the local cloud has ended; its log is ${join(cloudDir, "log")}`);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function obtainTools({
  onEvent,
  signal,
}: LocalUpOptions): Promise<{ readonly pulumi: string; readonly programs: Programs }> {
  const {
    pulumi,
    "pulumi-language-nodejs": _,
    ...rest
  } = await ensureTools(toolNames, {
    onProgress: (event) => onEvent({ kind: "tool-progress", event }),
    signal,
  });
  onEvent({ kind: "tools-ready" });
  // Everything but the engine is what a Machine runs.
  const programs = Object.fromEntries(Object.values(rest).map(({ name, path }) => [name, path]));
  return { pulumi: pulumi.path, programs };
}

async function startOrJoinCloud(
  { folder, simulated, fleet, portBase }: LocalUpOptions,
  bin: Programs,
): Promise<CloudInfo> {
  const mode = simulated ? "simulated" : "process";
  const running = await readCloud(folder.cloudDir);
  if (running && running.mode !== mode) {
    throw new LocalUpError(
      2,
      `the local cloud already runs with ${running.mode} Machines: stop it first with \`npx flotilla local down\``,
    );
  }
  if (running) return running;
  return spawnCloud({
    dir: folder.cloudDir,
    mode,
    edgeRegions: fleet.regionCodes,
    image: join(projectDir, "image"),
    bin,
    ...(portBase === undefined ? {} : { portBase }),
  });
}

async function preparePlugins(
  { folder, onEvent }: LocalUpOptions,
  pulumi: string,
  env: Environment,
): Promise<void> {
  onEvent({ kind: "plugins-starting" });
  const plugins = await installPlugins({
    pulumiHome: folder.pulumiHome,
    pulumi,
    env: { ...process.env, ...env },
    log: (text) => onEvent({ kind: "plugins-progress", text }),
  });
  onEvent({ kind: "plugins-ready", plugins });
}

/** Runs `global`, then every region. Reports a warning once, although every run gives the spec's warnings. */
async function runStacks(options: LocalUpOptions, env: Environment): Promise<void> {
  const { folder, fleet, onEvent } = options;
  const settings: EngineOptions = {
    projectDir,
    scratchDir: folder.scratchDir,
    pulumiRoot: pulumiRoot(folder),
    env,
  };
  const engine = await openEngine(settings);
  // A stack must exist before its secrets can be set.
  const global = await engine.openStack("global");
  const names = await ensureSecrets(folder, fleet.global.secrets, settings);
  if (names.length > 0) onEvent({ kind: "secrets-generated", names });
  const reported = new Set<string>();
  await runStack(options, global, reported);
  for (const { region } of fleet.regions)
    await runStack(options, await engine.openStack(region), reported);
}

async function runStack(
  { onEvent, signal }: LocalUpOptions,
  stack: EngineStack,
  reported: Set<string>,
): Promise<void> {
  onEvent({ kind: "run-started", stack: stack.name });
  signal.throwIfAborted();
  const { changes } = await stack.up({
    signal,
    onProgress: (progress) => {
      for (const text of progress.warnings.filter((warning) => !reported.has(warning))) {
        reported.add(text);
        onEvent({ kind: "run-warning", text });
      }
      onEvent({ kind: "run-progress", progress });
    },
  });
  onEvent({ kind: "run-finished", stack: stack.name, changes });
}

async function verifyRegions({ fleet, onEvent }: LocalUpOptions, cloud: CloudInfo): Promise<void> {
  const hostname = verifiedHostname(fleet);
  if (hostname === undefined) return;
  for (const { region, port } of cloud.edges) {
    onEvent({ kind: "verification-started", hostname, region });
    const verified = await verifyThroughEdge(hostname, port, cloud);
    onEvent({ kind: "verified", hostname, region, port, ...verified });
  }
}

async function startControllerBeside(
  { folder, specs, portBase, onEvent }: LocalUpOptions,
  program: string,
  env: Environment,
): Promise<ControllerAddress> {
  const { port, notice } = await chooseControllerPort(portBase);
  onEvent({ kind: "controller-starting", notice });
  const controller = await startController(folder, { program, specs, port, env });
  onEvent({ kind: "controller-ready", controller });
  return controller;
}
