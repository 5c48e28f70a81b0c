import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import { startController } from "../../../../controller/index.ts";
import type { ControllerOptions } from "../../../../controller/index.ts";
import { createProgressText, ensureTools, recipes } from "../../../../toolchain/index.ts";
import { UserError } from "../../command-line/failure.ts";
import { controllerStateOption, parseNumber } from "../../command-line/options.ts";
import { controllerDir, projectDir } from "../../command-line/project.ts";

/** `flotilla controller serve`: serves until SIGINT, SIGTERM or SIGHUP, then lets running engine runs end. */
export function define(command: Command): void {
  command
    .option("--listen <address>", "address and port to listen on", "127.0.0.1:4400")
    .addOption(new Option("--specs <dir>", "a plain folder of specs (default: specs)"))
    .option("--remote <url>", "git remote with the specs, instead of a folder")
    .option("--branch <name>", "branch of the remote", "main")
    .option("--path <dir>", "folder of the specs in the remote", "specs")
    .option("--tls-cert <file>", "certificate; needed to listen on more than this machine")
    .option("--tls-key <file>", "private key of the certificate")
    .option(
      "--drift-interval <seconds>",
      "time between two listings of the hosts (default: 30)",
      parseNumber,
    )
    .addOption(controllerStateOption())
    .action(serve);
}

interface ServeFlags {
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

async function serve(flags: ServeFlags): Promise<void> {
  const stateDir = controllerDir(flags.state);
  const running = await startController({
    ...tlsOf(flags),
    ...intervalsOf(flags),
    stateDir,
    specs: specsOf(flags),
    listen: flags.listen,
    projectDir,
    pulumi: await findPulumi(),
    env: presentEnv(),
  });
  console.error(`the controller listens at ${running.url}; its state is in ${stateDir}`);
  if (running.adminTokenFile !== undefined)
    console.error(`the first admin token is in ${running.adminTokenFile}`);
  await new Promise<void>((end) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => end());
  });
  console.error("shutting down: waiting for running engine runs to end");
  await running.close();
}

function tlsOf({ tlsCert, tlsKey }: ServeFlags): Pick<ControllerOptions, "tls"> {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UserError("--tls-cert and --tls-key belong together: give both");
  return { tls: { cert: tlsCert, key: tlsKey } };
}

function intervalsOf({ driftInterval }: ServeFlags): Pick<ControllerOptions, "intervals"> {
  if (driftInterval === undefined) return {};
  // Reading the slots costs a call per host, so it runs a tenth as often as the listing.
  return { intervals: { driftMs: driftInterval * 1_000, slotsMs: driftInterval * 10_000 } };
}

function specsOf({ specs, remote, branch, path }: ServeFlags): ControllerOptions["specs"] {
  if (remote !== undefined && specs !== undefined)
    throw new UserError("--remote and --specs are two sources of specs: give one");
  if (remote === undefined) return { kind: "folder", folder: resolve(specs ?? "specs") };
  return { kind: "git", remote, branch, folder: path.replaceAll(/^\/+|\/+$/g, "") };
}

/** The engine of `PULUMI_HOME`, as `flotilla local up` prepares it, else the toolchain's. */
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
