import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { openEngine } from "../../../engine/engine.ts";
import {
  readCloud,
  spawnCloud,
  stopCloud,
  type CloudInfo,
  type CloudMode,
} from "../../../local/index.ts";
import { installPlugins } from "../../../local/plugins/install.ts";
import {
  createProgressText,
  ensureTools,
  preparePulumiHome,
  recipes,
} from "../../../toolchain/index.ts";
import { RemoteError, UserError } from "../command-line/failure.ts";
import { startLocalController, stopLocalController } from "../../../local-up/controller-process.ts";
import { formatGuide } from "../../../local-up/guide.ts";
import { ensureLocalSecrets } from "../../../local-up/secrets.ts";
import { compileAll, type CompiledFleet } from "../../../local-up/compiled-fleet.ts";
import { verifyThroughEdge } from "../../../local-up/verification.ts";
import {
  ensureLocalWorld,
  localEnv,
  localWorld,
  type LocalWorld,
} from "../../../local-up/state-folder.ts";
import { describeChanges, describeRun, ok, openDisplay, type Display } from "../output/display.ts";
import { projectDir } from "../specs/spec-folder.ts";

export interface LocalUpOptions {
  readonly specs: string;
  readonly state?: string;
  readonly simulated: boolean;
  readonly once: boolean;
  readonly detach: boolean;
  /** A controller keeps the specs applied from then on. Never with `once`. */
  readonly controller: boolean;
  readonly portBase?: number;
}

/** `flotilla local up`: the spec, deployed by the real engine onto a cloud on this machine. */
export async function runLocalUp(options: LocalUpOptions): Promise<void> {
  const display = openDisplay();
  const world = localWorld(options.state);
  const fleet = compileAll(options.specs);
  const interruption = catchInterruption();
  let leave = false;
  try {
    await bringUp(options, world, fleet, display, interruption.signal);
    leave = options.detach;
    if (options.once || options.detach) return;
    display.line("Running until Ctrl-C. `npx flotilla local status` shows the hosts.");
    await watch(world, interruption.signal).catch((error: unknown) => {
      if (!interruption.signal.aborted) throw error;
    });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    display.done("interrupted: `npx flotilla local up` goes on from here");
    process.exitCode = 130;
  } finally {
    interruption.done();
    if (!leave) {
      display.step("stopping the local cloud");
      await stopLocalController(world);
      await stopCloud(world.cloudDir);
      display.done(ok("stopped; its state is kept, `npx flotilla local down --purge` forgets it"));
    }
    display.close();
  }
}

async function bringUp(
  options: LocalUpOptions,
  world: LocalWorld,
  fleet: CompiledFleet,
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  const { pulumi, ...tools } = await ensureTools(
    ["pulumi", "pulumi-language-nodejs", "process-compose", "caddy", "nats-server", "pocketbase"],
    { onProgress: createProgressText(process.stderr), signal },
  );
  display.done(ok("toolchain"));
  await ensureLocalWorld(world);
  await preparePulumiHome(world.pulumiHome);

  signal.throwIfAborted();
  // Of an earlier `up`: it would run the same stacks at the same time.
  await stopLocalController(world);
  display.step("starting the local cloud");
  const mode: CloudMode = options.simulated ? "simulated" : "process";
  const cloud = await startOrJoin(world, mode, fleet, options.portBase, {
    "process-compose": tools["process-compose"].path,
    caddy: tools.caddy.path,
    "nats-server": tools["nats-server"].path,
    pocketbase: tools.pocketbase.path,
  });
  display.done(
    ok(
      `target: local cloud ${new URL(cloud.fly).host}, Machines are ${mode === "process" ? "real processes" : "simulated"}`,
    ),
  );

  for (const notice of cloud.notices) display.line(`    ${notice}`);

  const env = await localEnv(world, cloud, options.specs);
  display.step("plugins of Pulumi");
  const plugins = await installPlugins({
    pulumiHome: world.pulumiHome,
    pulumi: pulumi.path,
    env: { ...process.env, ...env },
    log: (text) => display.step(`plugins of Pulumi: ${text}`),
  });
  display.done(
    ok(`plugins ${plugins.map(({ name, source }) => `${name} (${source})`).join(", ")}`),
  );

  const settings = {
    projectDir,
    scratchDir: world.scratchDir,
    pulumiRoot: join(world.pulumiHome, "versions", recipes.pulumi.version),
    env,
  };
  const engine = await openEngine(settings);
  const global = await engine.openStack("global");
  const made = await ensureLocalSecrets(world, fleet.global.secrets, settings);
  if (made.length > 0) display.line(`    made-up local values for ${made.join(", ")}`);

  for (const name of ["global", ...fleet.regions.map(({ region }) => region)]) {
    const stack = name === "global" ? global : await engine.openStack(name);
    display.step(`${name}: starting`);
    signal.throwIfAborted();
    const { changes } = await stack.up({
      signal,
      onProgress: (progress) => display.step(describeRun(progress)),
    });
    display.done(ok(describeChanges(name, changes)));
  }
  if (mode === "process") await verifyRegions(cloud, fleet, display);
  const isControlled = options.controller && !options.once;
  if (isControlled) {
    display.step("starting the controller");
    const { url, tokenFile } = await startLocalController(
      world,
      options.specs,
      options.portBase,
      env,
    );
    display.done(ok(`controller ${url}, its admin token is in ${tokenFile}`));
  }
  if (!options.once) display.line(formatGuide(cloud, fleet, { ...options, isControlled }));
}

async function startOrJoin(
  world: LocalWorld,
  mode: CloudMode,
  fleet: CompiledFleet,
  portBase: number | undefined,
  bin: Parameters<typeof spawnCloud>[0]["bin"],
): Promise<CloudInfo> {
  const running = await readCloud(world.cloudDir);
  if (running && running.mode !== mode) {
    throw new UserError(
      `the local cloud already runs with ${running.mode} Machines: stop it first with \`npx flotilla local down\``,
    );
  }
  if (running) return running;
  return spawnCloud({
    dir: world.cloudDir,
    mode,
    edgeRegions: fleet.regionCodes,
    image: join(projectDir, "image"),
    bin,
    ...(portBase === undefined ? {} : { portBase }),
  });
}

async function verifyRegions(
  cloud: CloudInfo,
  fleet: CompiledFleet,
  display: Display,
): Promise<void> {
  const addresses = fleet.global.dns.records.filter((record) => record.type !== "TXT");
  const hostname = addresses.find(({ region }) => region === undefined)?.name;
  if (hostname === undefined) return;
  for (const { region, port } of cloud.edges) {
    display.step(`verifying https://${hostname} from near ${region}`);
    const { status, fingerprint } = await verifyThroughEdge(hostname, port, cloud.caFile);
    display.done(
      ok(
        `https://${hostname}:${port} from near ${region}: ${status}, certificate ${fingerprint.slice(0, 17)}…`,
      ),
    );
  }
}

/** Until Ctrl-C, as long as the cloud answers. */
async function watch(world: LocalWorld, signal: AbortSignal): Promise<void> {
  for await (const _ of setInterval(2_000, undefined, { signal })) {
    if (await readCloud(world.cloudDir)) continue;
    throw new RemoteError(`the local cloud has ended; its log is ${join(world.cloudDir, "log")}`);
  }
}

/** The first Ctrl-C ends the engine's run and the cloud in order; a second one ends this process at once. */
function catchInterruption(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // It stays in place after the first signal: the engine's library ends the process when it is the only listener left.
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  const done = (): void => {
    for (const name of names) process.off(name, interrupt);
  };
  for (const name of names) process.on(name, interrupt);
  return { signal: controller.signal, done };
}
