/** The local world's own folder: cloud, backend, configuration and engine apart from the real world's. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CloudInfo } from "../local/index.ts";
import { recipes } from "../toolchain/index.ts";
import { projectDir } from "../clients/cli/specs/spec-folder.ts";

export interface LocalWorld {
  readonly dir: string;
  /** State of the local cloud: Machines, volumes, DNS, certificates. */
  readonly cloudDir: string;
  /** `PULUMI_HOME`: engine and plugins. */
  readonly pulumiHome: string;
  /** Pulumi's states; carries the marker that tells a local backend from a real one. */
  readonly backendDir: string;
  /** Stack configuration of all stacks: the tracked `Pulumi.<stack>.yaml` belong to the real world. */
  readonly configFile: string;
  readonly passphraseFile: string;
  /** The operator's own NATS seed; only its public key goes to the cloud. */
  readonly operatorSeedFile: string;
  readonly scratchDir: string;
  /** State of the controller. */
  readonly controllerDir: string;
}

/** The folder `--state` names, or `.flotilla/local` of the checkout. */
export function localWorld(state = join(projectDir, ".flotilla", "local")): LocalWorld {
  const dir = resolve(state);
  return {
    dir,
    cloudDir: join(dir, "cloud"),
    pulumiHome: join(dir, "pulumi"),
    backendDir: join(dir, "backend"),
    configFile: join(dir, "Pulumi.local.yaml"),
    passphraseFile: join(dir, "passphrase"),
    operatorSeedFile: join(dir, "operator.nk"),
    scratchDir: join(dir, "scratch"),
    controllerDir: join(dir, "controller"),
  };
}

/** Makes what is missing. Safe to repeat. */
export async function ensureLocalWorld(world: LocalWorld): Promise<void> {
  await mkdir(world.backendDir, { recursive: true });
  await mkdir(world.pulumiHome, { recursive: true });
  await writeFile(join(world.backendDir, ".flotilla-local"), "the local cloud's backend\n");
  if (!existsSync(world.passphraseFile)) {
    await writeFile(world.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  if (!existsSync(world.configFile)) await writeFile(world.configFile, "config: {}\n");
  await chmod(world.configFile, 0o600);
}

/**
 * What plain `pulumi` and `flyctl` need to work against the local cloud, and what our own engine runs with.
 *
 * @param specs folder of the specs, if not the checkout's own
 */
export async function localEnv(
  world: LocalWorld,
  info: CloudInfo,
  specs?: string,
): Promise<Record<string, string>> {
  const engine = join(world.pulumiHome, "versions", recipes.pulumi.version, "bin");
  const path = [engine, join(projectDir, "node_modules", ".bin"), process.env["PATH"] ?? ""];
  return {
    FLY_FLAPS_BASE_URL: info.fly,
    FLY_API_BASE_URL: info.fly,
    FLY_UIEX_BASE_URL: info.fly,
    FLY_API_TOKEN: info.tokens.fly,
    CLOUDFLARE_BASE_URL: info.cloudflare,
    CLOUDFLARE_API_TOKEN: info.tokens.cloudflare,
    PULUMI_HOME: world.pulumiHome,
    PULUMI_BACKEND_URL: pathToFileURL(world.backendDir).href,
    PULUMI_CONFIG_PASSPHRASE: await readFile(world.passphraseFile, "utf8"),
    PULUMI_OPTION_CONFIG_FILE: world.configFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Program, providers and stand-ins are Node processes that start anew with every run.
    NODE_COMPILE_CACHE: join(world.dir, "node-compile-cache"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PATH: path.join(delimiter),
    ...(specs === undefined ? {} : { FLOTILLA_SPECS: resolve(specs) }),
  };
}

/** Forgets the local world but for its engine: states, configuration, keys. */
export async function forgetLocalWorld(world: LocalWorld): Promise<void> {
  for (const path of [
    world.backendDir,
    world.configFile,
    world.passphraseFile,
    world.operatorSeedFile,
    world.scratchDir,
    world.controllerDir,
  ]) {
    await rm(path, { recursive: true, force: true });
  }
}
