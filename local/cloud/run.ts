/** Starts the parts of a local cloud in this process and wires them. */
import { once } from "node:events";
import { accessSync, appendFileSync, constants, mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { join, resolve } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { createCalls } from "../http/call-log.ts";
import { openIdentity, readPorts, removeInfo, writeInfo } from "./files.ts";
import { releaseLock, takeLock } from "./lock.ts";
import { BINARIES, type CloudInfo, type CloudOptions } from "./options.ts";
import { choosePorts } from "./ports.ts";
import { createCloudflareApp, type LocalCloudflare } from "../cloudflare/app.ts";
import { startEdges } from "../edge/edges.ts";
import { createFaults } from "../faults/rules.ts";
import { startFlyApi, type FlyApi } from "../fly/server.ts";
import { placeAddress } from "../machines/addresses.ts";
import { systemClock } from "../machines/virtual-clock.ts";
import { assertLoopback } from "../machines/loopback.ts";
import { createProcessRunner } from "../machines/process.ts";
import { createRandom } from "../machines/random.ts";
import type { MachineRunner } from "../machines/runner.ts";
import { createSimulatedRunner } from "../machines/simulated.ts";
import { claimOctet } from "./loopback-claim.ts";
import { startSleep } from "./autostop.ts";

/** Fly says "every few minutes". */
const AUTOSTOP_MS = 120_000;

export interface RunningCloud {
  readonly info: CloudInfo;
  /** Resolves when the cloud has stopped, whoever stopped it. */
  readonly stopped: Promise<void>;
  /** Stops the Machines in order, closes all ports; state stays. */
  readonly close: () => Promise<void>;
}

/** Rejects with a sentence for people: another cloud in that folder, a missing executable, no loopback addresses. */
export async function runCloud(options: CloudOptions): Promise<RunningCloud> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  takeLock(dir);
  const closers: (() => Promise<void>)[] = [];
  try {
    return await start({ ...options, dir }, closers);
  } catch (error) {
    await closeAll(closers);
    releaseLock(dir);
    throw error;
  }
}

async function start(
  options: CloudOptions,
  closers: (() => Promise<void>)[],
): Promise<RunningCloud> {
  const { dir, mode, seed = 1 } = options;
  const log = join(dir, "log");
  function say(line: string): void {
    appendFileSync(log, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
  }
  const octet = claimOctet(dir);
  const { id, tokens } = openIdentity(dir);
  const ports = await choosePorts(options, readPorts(dir));
  const faults = createFaults();
  const calls = createCalls();
  const stopped = Promise.withResolvers<void>();

  const cloudflare = await createCloudflareApp({
    dir,
    token: tokens.cloudflare,
    faults,
    calls,
    // Fly looks every few minutes; here a certificate is issued a second after its records are there.
    onRecords: () => fly.certificates.lookAtDns(),
  });
  const fly: FlyApi = await startFlyApi({
    port: ports.fly,
    token: tokens.fly,
    dir,
    limits: options.limits ?? true,
    seed,
    runner: await makeRunner(options, octet, seed),
    faults,
    calls,
    octet,
    log: say,
    info: () => info,
    onStop: () => void close(),
    onAutostop: () => sleep.pass(),
    resolveDns: (name, type) => dnsOf(cloudflare, name, type),
  });
  closers.push(() => fly.close());
  const connections = new Map<string, number>();
  const sleep = startSleep({
    store: fly.store,
    lifecycle: fly.lifecycle,
    clock: systemClock,
    connections,
    log: say,
    everyMs: options.autostopMs ?? AUTOSTOP_MS,
  });
  closers.push(() => Promise.resolve(sleep.close()));

  const server = createAdaptorServer({ fetch: cloudflare.app.fetch }) as Server;
  server.listen(ports.cloudflare, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => endServer(server));

  const edges = await startEdges({
    regions: options.edgeRegions.map((region) => ({ region, port: ports.edges[region] ?? 0 })),
    mode: options.edgeMode ?? "passthrough",
    machines: () => fly.store.machines.all(),
    resolve: (hostname) => appBehind(hostname, cloudflare, fly),
    hasFlyCertificate: (app, hostname) => fly.certificates.isActive(app, hostname),
    ca: cloudflare.ca,
    isRevoked: (fingerprint) => cloudflare.isRevoked(fingerprint),
    log: say,
    connections,
    wake: (machine) => sleep.wake(machine),
  });
  closers.push(() => edges.close());

  const info: CloudInfo = {
    pid: process.pid,
    id,
    mode,
    octet,
    dir,
    fly: fly.url,
    cloudflare: `http://127.0.0.1:${ports.cloudflare}/client/v4`,
    edges: [...edges.edges],
    tokens,
    caFile: join(dir, "cloudflare", "ca", "root.pem"),
    log,
    notices: ports.notices,
  };

  let closing: Promise<void> | undefined;
  function close(): Promise<void> {
    closing ??= (async () => {
      say("stopping");
      await closeAll(closers);
      say("stopped");
      removeInfo(dir);
      releaseLock(dir); // last: whoever waits for it may remove the folder at once
      stopped.resolve();
    })();
    return closing;
  }

  writeInfo(info);
  for (const notice of ports.notices) say(notice);
  say(`ready: ${mode} Machines, Fly API ${info.fly}, Cloudflare API ${info.cloudflare}`);
  return { info, stopped: stopped.promise, close };
}

/** The app whose own address a record of this name carries. */
function appBehind(
  hostname: string,
  cloudflare: LocalCloudflare,
  fly: FlyApi,
): { app: string; proxied: boolean } | undefined {
  for (const { proxied, content } of cloudflare.recordsFor(hostname)) {
    const address = fly.store.addresses.all().find(({ ip, shared }) => !shared && ip === content);
    if (address !== undefined) return { app: address.app, proxied };
  }
  return undefined;
}

/** What public DNS shows of the local zones: of a proxied name only Cloudflare's own addresses, so nothing here. */
function dnsOf(cloudflare: LocalCloudflare, name: string, type: string): readonly string[] {
  return cloudflare
    .recordsFor(name)
    .filter((record) => record.type === type && !record.proxied)
    .map(({ content }) => content.replace(/\.$/, "").replace(/^"(.*)"$/, "$1"));
}

/** In the reverse order of their starts; one that fails doesn't keep the others open. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.toReversed()) await close().catch(() => undefined);
}

async function endServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function makeRunner(
  options: CloudOptions,
  octet: number,
  seed: number,
): Promise<MachineRunner> {
  const { dir, mode, image, bin } = options;
  if (mode === "simulated") {
    return createSimulatedRunner({ clock: systemClock, random: createRandom(seed) });
  }
  for (const name of BINARIES) assertExecutable(name, bin[name]);
  await assertLoopback(placeAddress({ octet, appIndex: 0, region: "iad", hostIndex: 0 }) ?? "");
  return createProcessRunner({ dir, image: resolve(image), binaries: bin });
}

function assertExecutable(name: string, path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    throw new Error(
      `${name} is not at ${path}: run \`flotilla toolchain install\`, which puts it there`,
      { cause: error },
    );
  }
}
