/**
 * The local deployment, for the command line: puts specs onto the local cloud with the real engine, and works on what
 * runs there. Each function loads what it needs when it is called.
 */
import type { SpecFile } from "../compiler/compile.ts";
import type { CloudInfo, CloudStatus } from "../local/index.ts";
import type { CompiledFleet, FleetCompilation } from "./compiled-fleet.ts";
import type { FaultOverrides, ListedFault } from "./faults.ts";
import type { GuideOptions } from "./guide.ts";
import { stateFolder } from "./state-folder.ts";
import type { StateFolder } from "./state-folder.ts";
import type { LocalUpOptions } from "./up.ts";

export { faultPresets } from "../local/index.ts";
export type { CompiledFleet } from "./compiled-fleet.ts";
export type { FaultOverrides } from "./faults.ts";
export type { LocalUpEvent } from "./up-event.ts";
export { stateFolder };
export type { StateFolder };

/** Compiles `global` and every region; returns all diagnostics of the first stack that has an error. */
export async function compileFleet(files: readonly SpecFile[]): Promise<FleetCompilation> {
  return (await import("./compiled-fleet.ts")).compileFleet(files);
}

/**
 * Starts the local cloud, or joins the one that runs, and deploys the fleet onto it. Safe to repeat.
 *
 * @throws {LocalUpError} when the cloud, an edge or the controller fails
 * @throws {EngineError} when a run of the engine fails
 */
export async function deployLocally(options: LocalUpOptions): Promise<CloudInfo> {
  return (await import("./up.ts")).deployLocally(options);
}

/** Returns what `local up` prints when everything runs: addresses, and commands to copy. */
export async function formatGuide(
  cloud: CloudInfo,
  fleet: CompiledFleet,
  options: GuideOptions,
): Promise<string> {
  return (await import("./guide.ts")).formatGuide(cloud, fleet, options);
}

/**
 * Waits until `signal` aborts.
 *
 * @throws {LocalUpError} when the cloud ends before
 */
export async function watchCloud(folder: StateFolder, signal: AbortSignal): Promise<void> {
  await (await import("./up.ts")).watchCloud(folder, signal);
}

/** Stops the controller, then the cloud. With `purge` their state is removed, too. */
export async function takeDown(folder: StateFolder, purge: boolean): Promise<void> {
  await (await import("./up.ts")).takeDown(folder, purge);
}

/** @throws {LocalUpError} when no local cloud runs, or it doesn't answer */
export async function readCloudStatus(folder: StateFolder): Promise<CloudStatus> {
  return (await import("./cloud-api.ts")).readCloudStatus(folder);
}

/**
 * Returns the environment in which plain `pulumi`, `flyctl` and the commands for a controller work against the local
 * deployment.
 *
 * @param specs folder of the specs. Default: the checkout's own
 * @throws {LocalUpError} when no local cloud runs
 */
export async function localEnvironment(
  folder: StateFolder,
  specs: string | undefined,
): Promise<Record<string, string>> {
  return (await import("./environment.ts")).localEnvironment(folder, specs);
}

/**
 * Destroys the Machine of a host behind Pulumi's back, and resolves when the Machine is gone.
 *
 * @param name of the host, e.g. `iad-0`
 * @throws {LocalUpError} when there is no such host
 */
export async function killHost(
  folder: StateFolder,
  name: string,
): Promise<{ readonly id: string; readonly region: string }> {
  return (await import("./cloud-api.ts")).killHost(folder, name);
}

/**
 * Publishes a job for the sample worker with the operator's own key.
 *
 * @throws {LocalUpError} when no host of the region runs, or no stream accepts the job
 */
export async function publishJob(folder: StateFolder, region: string, text: string): Promise<void> {
  await (await import("./job.ts")).publishJob(folder, region, text);
}

/**
 * Adds one fault, or all faults of a plan.
 *
 * @param fault a preset's name, `plan:SEED`, or a rule as JSON
 */
export async function addFaults(
  folder: StateFolder,
  fault: string,
  overrides: FaultOverrides,
): Promise<readonly { readonly id: string; readonly rule: object }[]> {
  return (await import("./faults.ts")).addFaults(folder, fault, overrides);
}

export async function listFaults(folder: StateFolder): Promise<readonly ListedFault[]> {
  return (await import("./faults.ts")).listFaults(folder);
}

/** Removes one fault, or all without `id`; returns how many were removed. */
export async function clearFaults(folder: StateFolder, id: string | undefined): Promise<number> {
  return (await import("./faults.ts")).clearFaults(folder, id);
}
