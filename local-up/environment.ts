import { readFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CloudInfo } from "../local/index.ts";
import { recipes } from "../toolchain/index.ts";
import { requireCloud } from "./cloud-api.ts";
import { controllerEnvironment } from "./controller-process.ts";
import { projectDir } from "./state-folder.ts";
import type { StateFolder } from "./state-folder.ts";

/** Folder with `bin/pulumi` inside the state folder's Pulumi home. */
export function pulumiRoot({ pulumiHome }: StateFolder): string {
  return join(pulumiHome, "versions", recipes.pulumi.version);
}

/**
 * Returns the environment in which the engine, plain `pulumi` and `flyctl` work against the local cloud.
 *
 * @param specs folder of the specs. Default: the checkout's own
 */
export async function cloudEnvironment(
  folder: StateFolder,
  cloud: CloudInfo,
  specs?: string,
): Promise<Record<string, string>> {
  const path = [
    join(pulumiRoot(folder), "bin"),
    join(projectDir, "node_modules", ".bin"),
    process.env["PATH"] ?? "",
  ];
  return {
    FLY_FLAPS_BASE_URL: cloud.fly,
    FLY_API_BASE_URL: cloud.fly,
    FLY_UIEX_BASE_URL: cloud.fly,
    FLY_API_TOKEN: cloud.tokens.fly,
    CLOUDFLARE_BASE_URL: cloud.cloudflare,
    CLOUDFLARE_API_TOKEN: cloud.tokens.cloudflare,
    PULUMI_HOME: folder.pulumiHome,
    PULUMI_BACKEND_URL: pathToFileURL(folder.backendDir).href,
    PULUMI_CONFIG_PASSPHRASE: await readFile(folder.passphraseFile, "utf8"),
    PULUMI_OPTION_CONFIG_FILE: folder.configFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Every run starts the program, the providers and the stand-ins as new Node processes.
    NODE_COMPILE_CACHE: join(folder.dir, "node-compile-cache"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PATH: path.join(delimiter),
    ...(specs === undefined ? {} : { FLOTILLA_SPECS: resolve(specs) }),
  };
}

/**
 * Returns the environment in which plain `pulumi`, `flyctl` and the commands for a controller work against the local
 * deployment.
 *
 * @throws {LocalUpError} when no local cloud runs
 */
export async function localEnvironment(
  folder: StateFolder,
  specs: string | undefined,
): Promise<Record<string, string>> {
  const cloud = await requireCloud(folder);
  return {
    ...(await cloudEnvironment(folder, cloud, specs)),
    ...(await controllerEnvironment(folder)),
  };
}
