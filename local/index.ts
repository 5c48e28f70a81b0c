/** The local cloud, for those outside `local/`: start, find, stop and forget one. */
import type { CloudInfo, CloudOptions } from "./cloud/options.ts";
import type { MachineStatus, LocalVolumeStatus } from "./fly/control/status.ts";

export type { CloudInfo, CloudOptions } from "./cloud/options.ts";

/** The answer of `GET /_local/status`. */
export interface CloudStatus {
  readonly info: CloudInfo;
  readonly apps: readonly {
    readonly name: string;
    readonly id: string;
    readonly organization: string;
  }[];
  readonly machines: readonly MachineStatus[];
  readonly volumes: readonly LocalVolumeStatus[];
}

/**
 * Starts a cloud in a process of its own and resolves when it is ready. It outlives this process, unless
 * `untilStdinCloses`: then it ends, in order, with this process or its `stopCloud`.
 * Rejects with a sentence for people.
 */
export async function spawnCloud(options: CloudOptions): Promise<CloudInfo> {
  return (await import("./cloud/spawn.ts")).spawnCloud(options);
}

/** Starts a cloud in this process. */
export async function startCloud(
  options: CloudOptions,
): Promise<{ info: CloudInfo; close: () => Promise<void> }> {
  return (await import("./cloud/run.ts")).runCloud(options);
}

/** The cloud of that folder, when it runs and answers. */
export async function readCloud(dir: string): Promise<CloudInfo | undefined> {
  return (await import("./cloud/control.ts")).readCloud(dir);
}

/** Stops it in order, and what a killed one left behind. Resolves when nothing of it runs; fine when nothing did. */
export async function stopCloud(dir: string): Promise<void> {
  await (await import("./cloud/control.ts")).stopCloud(dir);
}

/** Stops it and forgets its state: Machines, volumes and their data, secrets, records, certificates. */
export async function purgeCloud(dir: string): Promise<void> {
  await (await import("./cloud/control.ts")).purgeCloud(dir);
}

/** The named faults of `flotilla local fault add`, each with one line for people. */
export async function faultPresets(): Promise<readonly { name: string; about: string }[]> {
  const { PRESET_NAMES, PRESETS } = await import("./faults/presets.ts");
  return PRESET_NAMES.map((name) => ({ name, about: PRESETS[name].about }));
}

/** Rules for `POST /_local/faults`; the same ones for the same seed. */
export async function faultPlan(seed: number): Promise<readonly object[]> {
  return (await import("./faults/plan.ts")).createFaultPlan(seed);
}

export type CloudMode = CloudOptions["mode"];

/** Answer of `GET /_local/status`. */
export interface CloudStatus {
  readonly info: CloudInfo;
  readonly machines: readonly MachineStatus[];
  readonly volumes: readonly LocalVolumeStatus[];
}
