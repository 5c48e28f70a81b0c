/** The local cloud, for code outside `local/`: start, find, stop and forget one. Loads its parts only when they are used. */
import type { CloudInfo, CloudOptions } from "./cloud/options.ts";
import type { LocalVolumeStatus, MachineStatus } from "./fly/control/status.ts";

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
 * Starts a cloud in a process of its own and resolves when it is ready. The process outlives this one, unless
 * `untilStdinCloses` is set: then it stops in order when this process ends.
 *
 * @throws with a sentence for people, when the cloud can't be started
 */
export async function spawnCloud(options: CloudOptions): Promise<CloudInfo> {
  return (await import("./cloud/spawn.ts")).spawnCloud(options);
}

/**
 * Starts a cloud in this process.
 *
 * @throws with a sentence for people, when the cloud can't be started
 */
export async function startCloud(
  options: CloudOptions,
): Promise<{ info: CloudInfo; close: () => Promise<void> }> {
  return (await import("./cloud/run.ts")).runCloud(options);
}

/** Returns the cloud of that folder, if it runs and answers. */
export async function readCloud(dir: string): Promise<CloudInfo | undefined> {
  return (await import("./cloud/control.ts")).readCloud(dir);
}

/**
 * Stops the cloud of that folder in order, or ends the processes that a killed one left behind. Resolves when none of its
 * processes runs; does nothing when there is no cloud.
 */
export async function stopCloud(dir: string): Promise<void> {
  await (await import("./cloud/control.ts")).stopCloud(dir);
}

/** Stops the cloud and deletes its state: Machines, volumes and their data, secrets, records, certificates. */
export async function purgeCloud(dir: string): Promise<void> {
  await (await import("./cloud/control.ts")).purgeCloud(dir);
}

/** Returns the named faults of `flotilla local fault add`, each with one line for people. */
export async function faultPresets(): Promise<readonly { name: string; about: string }[]> {
  const { PRESET_NAMES, presetOf } = await import("./faults/presets.ts");
  return PRESET_NAMES.map((name) => ({ name, about: presetOf(name).about }));
}

/** Returns rules for `POST /_local/faults`, the same for the same seed. */
export async function faultPlan(seed: number): Promise<readonly object[]> {
  return (await import("./faults/plan.ts")).createFaultPlan(seed);
}
