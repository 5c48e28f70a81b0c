/** Where the local deployment keeps its state, apart from that of the real fleet. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Folder of `Pulumi.yaml` and `index.ts`. */
export const projectDir: string = resolve(import.meta.dirname, "..");

export interface StateFolder {
  readonly dir: string;
  /** State of the local cloud: Machines, volumes, DNS, certificates. */
  readonly cloudDir: string;
  /** `PULUMI_HOME`: engine and plugins. */
  readonly pulumiHome: string;
  /** Pulumi's states. A marker file in it tells the local backend from a real one. */
  readonly backendDir: string;
  /** Configuration of all stacks: the tracked `Pulumi.<stack>.yaml` belong to the real fleet. */
  readonly configFile: string;
  readonly passphraseFile: string;
  /** The operator's own NATS seed; only its public key goes to the cloud. */
  readonly operatorSeedFile: string;
  readonly scratchDir: string;
  /** State of the controller. */
  readonly controllerDir: string;
}

/**
 * Returns the paths below the state folder; creates nothing.
 *
 * @param dir as given with `--state`. Default: `.flotilla/local` of the checkout
 */
export function stateFolder(dir = join(projectDir, ".flotilla", "local")): StateFolder {
  const path = resolve(dir);
  return {
    dir: path,
    cloudDir: join(path, "cloud"),
    pulumiHome: join(path, "pulumi"),
    backendDir: join(path, "backend"),
    configFile: join(path, "Pulumi.local.yaml"),
    passphraseFile: join(path, "passphrase"),
    operatorSeedFile: join(path, "operator.nk"),
    scratchDir: join(path, "scratch"),
    controllerDir: join(path, "controller"),
  };
}

/** Creates what is missing: backend with its marker, passphrase, configuration. Safe to repeat. */
export async function ensureStateFolder(folder: StateFolder): Promise<void> {
  await mkdir(folder.backendDir, { recursive: true });
  await mkdir(folder.pulumiHome, { recursive: true });
  await writeFile(join(folder.backendDir, ".flotilla-local"), "the local cloud's backend\n");
  if (!existsSync(folder.passphraseFile)) {
    await writeFile(folder.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  if (!existsSync(folder.configFile)) await writeFile(folder.configFile, "config: {}\n");
  await chmod(folder.configFile, 0o600);
}

/** Removes Pulumi's states, the configuration, the keys and the controller's state; the engine and its plugins stay. */
export async function purgeStateFolder(folder: StateFolder): Promise<void> {
  for (const path of [
    folder.backendDir,
    folder.configFile,
    folder.passphraseFile,
    folder.operatorSeedFile,
    folder.scratchDir,
    folder.controllerDir,
  ]) {
    await rm(path, { recursive: true, force: true });
  }
}
