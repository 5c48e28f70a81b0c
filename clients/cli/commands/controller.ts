/** `flotilla controller serve|token|backup`. */
import { join, resolve } from "node:path";
import { realpath } from "node:fs/promises";
import {
  backupController,
  listTokens,
  makeToken,
  revokeToken,
  startController,
} from "../../../controller/index.ts";
import type { ControllerOptions, Role } from "../../../controller/index.ts";
import { createProgressText, ensureTools, recipes } from "../../../toolchain/index.ts";
import { UserError } from "../command-line/failure.ts";
import { projectDir } from "../specs/spec-folder.ts";
import { formatTable } from "../output/table.ts";

export interface ServeFlags {
  readonly state?: string;
  readonly listen: string;
  readonly specs?: string;
  readonly remote?: string;
  readonly branch: string;
  readonly path: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly driftInterval?: number;
}

/** The state folder that `--state` names, or the checkout's own. */
export function controllerDir(state: string | undefined): string {
  return resolve(state ?? join(projectDir, ".flotilla", "controller"));
}

/** Serves until it is told to end; running runs end in order first. */
export async function runControllerServe(flags: ServeFlags): Promise<void> {
  const { tlsCert, tlsKey } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UserError("--tls-cert and --tls-key belong together: give both");
  const stateDir = controllerDir(flags.state);
  const running = await startController({
    stateDir,
    specs: specsOf(flags),
    listen: flags.listen,
    projectDir,
    pulumi: await findPulumi(),
    env: presentEnv(),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: tlsCert, key: tlsKey } }),
    ...(flags.driftInterval === undefined
      ? {}
      : {
          // Asking inside every host costs a call each, so it comes a tenth as often.
          intervals: {
            driftMs: flags.driftInterval * 1_000,
            slotsMs: flags.driftInterval * 10_000,
          },
        }),
  });
  console.error(`the controller answers at ${running.url}; its state is in ${stateDir}`);
  if (running.adminTokenFile !== undefined)
    console.error(`the first admin token is in ${running.adminTokenFile}`);
  await new Promise<void>((end) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => end());
  });
  console.error("ending: runs on their way come to their end first");
  await running.close();
}

function specsOf({ specs, remote, branch, path }: ServeFlags): ControllerOptions["specs"] {
  if (remote !== undefined && specs !== undefined)
    throw new UserError("--remote and --specs are two sources of specs: give one");
  if (remote === undefined) return { kind: "folder", folder: resolve(specs ?? "specs") };
  return { kind: "git", remote, branch, folder: path.replaceAll(/^\/+|\/+$/g, "") };
}

/** The engine that `PULUMI_HOME` has (`flotilla local up` lays one out), else the toolchain's. */
async function findPulumi(): Promise<string> {
  const home = process.env["PULUMI_HOME"];
  if (home !== undefined) {
    const path = join(home, "versions", recipes.pulumi.version, "bin", "pulumi");
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined) return real;
  }
  const { pulumi } = await ensureTools(["pulumi", "pulumi-language-nodejs"], {
    onProgress: createProgressText(process.stderr),
  });
  return realpath(pulumi.path);
}

function presentEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

export async function runTokenCreate(
  name: string,
  role: Role,
  state: string | undefined,
): Promise<void> {
  const secret = await makeToken(controllerDir(state), name, role);
  console.error(`token of ${name}, role ${role}; it is shown this once:`);
  console.log(secret);
}

export async function runTokenList(json: boolean, state: string | undefined): Promise<void> {
  const tokens = await listTokens(controllerDir(state));
  if (json) {
    console.log(JSON.stringify({ tokens }, null, 2));
    return;
  }
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.role,
    token.created_at,
    token.revoked_at ?? "",
  ]);
  console.log(formatTable([["id", "name", "role", "created", "revoked"], ...rows]));
}

export async function runTokenRevoke(id: string, state: string | undefined): Promise<void> {
  const { name, role } = await revokeToken(controllerDir(state), id);
  console.log(`the token of ${name} (${role}) holds no more`);
}

export async function runControllerBackup(file: string, state: string | undefined): Promise<void> {
  await backupController(controllerDir(state), resolve(file));
  console.log(`the store is copied to ${file}`);
}
