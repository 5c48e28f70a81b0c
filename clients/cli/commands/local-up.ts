import { once } from "node:events";
import { join } from "node:path";
import { openStack } from "../../../engine/engine.ts";
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
import { UserError } from "../failure.ts";
import { formatGuide } from "../local/guide.ts";
import { ensureLocalSecrets } from "../local/secrets.ts";
import { compileAll, type CompiledFleet } from "../local/specs.ts";
import { verifyThroughEdge } from "../local/verify.ts";
import { ensureLocalWorld, localEnv, localWorld, type LocalWorld } from "../local/world.ts";
import { describeChanges, describeRun, ok, openDisplay, type Display } from "../progress.ts";
import { projectDir } from "../project.ts";

export interface LocalUpOptions {
  readonly specs: string;
  readonly state?: string;
  readonly simulated: boolean;
  readonly once: boolean;
  readonly detach: boolean;
  readonly portBase?: number;
}

/** `flotilla local up`: the spec, deployed by the real engine onto a cloud on this machine. */
export async function runLocalUp(options: LocalUpOptions): Promise<void> {
  const display = openDisplay();
  const world = localWorld(options.state);
  const fleet = compileAll(options.specs);
  let cloud: CloudInfo | undefined;
  const interrupted = interruption();
  try {
    cloud = await Promise.race([bringUp(options, world, fleet, display), interrupted.promise]);
    if (options.once || options.detach) return;
    display.line("Running until Ctrl-C. `npx flotilla local status` shows the hosts.");
    await interrupted.promise.catch(() => undefined);
  } finally {
    interrupted.stop();
    if (!options.detach || cloud === undefined) {
      display.step("stopping the local cloud");
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
): Promise<CloudInfo> {
  const { pulumi, ...tools } = await ensureTools(
    ["pulumi", "pulumi-language-nodejs", "process-compose", "caddy", "nats-server", "pocketbase"],
    { onProgress: createProgressText(process.stderr) },
  );
  display.done(ok("toolchain"));
  await ensureLocalWorld(world);
  await preparePulumiHome(world.pulumiHome);

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

  const engine = {
    projectDir,
    scratchDir: world.scratchDir,
    pulumiRoot: join(world.pulumiHome, "versions", recipes.pulumi.version),
    env,
  };
  const open = await openStack("global", engine);
  const made = await ensureLocalSecrets(world, fleet.global.secrets, engine);
  if (made.length > 0) display.line(`    made-up local values for ${made.join(", ")}`);

  for (const name of ["global", ...fleet.regions.map(({ region }) => region)]) {
    const stack = name === "global" ? open : await openStack(name, engine);
    display.step(`${name}: starting`);
    const { changes } = await stack.up({
      onProgress: (progress) => display.step(describeRun(progress)),
    });
    display.done(ok(describeChanges(name, changes)));
  }
  if (mode === "process") await verifyRegions(cloud, fleet, display);
  display.line(formatGuide(cloud, fleet));
  return cloud;
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
  const hostname = fleet.global.dns.records.find(({ region }) => region === undefined)?.name;
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

/** Ctrl-C once stops in order; the engine's own handler lets running calls end. */
function interruption(): { promise: Promise<never>; stop(): void } {
  const controller = new AbortController();
  const promise = Promise.race(
    ["SIGINT", "SIGTERM"].map((name) => once(process, name, { signal: controller.signal })),
  ).then(() => {
    throw new UserError("interrupted");
  });
  promise.catch(() => undefined);
  return { promise, stop: () => controller.abort() };
}
