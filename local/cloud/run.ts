/** Starts the parts of a local cloud in this process and wires them. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { createCloudflareApp, type LocalCloudflare } from "../cloudflare/app.ts";
import { startEdges } from "../edge/edges.ts";
import { createFaults } from "../faults/rules.ts";
import { startFlyApi, type FlyApi, type FlyApiOptions } from "../fly/server.ts";
import { createCallLog } from "../http/call-log.ts";
import { listenOn } from "../http/listener.ts";
import { startAutostop, type Autostop } from "./autostop.ts";
import { openIdentity, readPorts, removeInfo, writeInfo, type CloudPorts } from "./files.ts";
import { releaseLock, takeLock } from "./lock.ts";
import { claimOctet } from "./loopback-claim.ts";
import { openRunner } from "./machine-runner.ts";
import type { CloudInfo, CloudOptions } from "./options.ts";
import { choosePorts } from "./ports.ts";
import { appBehind, resolvePublicly } from "./public-dns.ts";

/** Fly says "every few minutes". */
const AUTOSTOP_MS = 120_000;

export interface RunningCloud {
  readonly info: CloudInfo;
  /** Resolves when the cloud has stopped, whoever stopped it. */
  readonly stopped: Promise<void>;
  /** Stops the Machines in order and closes all ports; the state on disk stays. */
  readonly close: () => Promise<void>;
}

/** What to close, in the order of the starts. */
type Closers = (() => Promise<void>)[];

/** @throws with a sentence for people: another cloud in that folder, a missing executable, no loopback addresses */
export async function runCloud(options: CloudOptions): Promise<RunningCloud> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  takeLock(dir);
  const closers: Closers = [];
  try {
    return await start({ ...options, dir }, closers);
  } catch (error) {
    await closeAll(closers);
    releaseLock(dir);
    throw error;
  }
}

async function start(options: CloudOptions, closers: Closers): Promise<RunningCloud> {
  const { dir, mode } = options;
  const logFile = join(dir, "log");
  function log(line: string): void {
    appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
  }
  const octet = claimOctet(dir);
  const { id, tokens } = openIdentity(dir);
  const ports = await choosePorts(options, readPorts(dir));
  const stopped = Promise.withResolvers<void>();
  const { fly, cloudflare, autostop, connections } = await startApis(
    options,
    {
      ports,
      tokens,
      octet,
      log,
      info: () => info,
      onStop: () => void close(),
    },
    closers,
  );
  const edges = await startEdges({
    regions: options.edgeRegions.map((region) => ({ region, port: ports.edges[region] ?? 0 })),
    mode: options.edgeMode ?? "passthrough",
    machines: () => fly.store.machines.all(),
    resolve: (hostname) => appBehind(hostname, cloudflare, fly.store),
    hasFlyCertificate: (app, hostname) => fly.certificates.isActive(app, hostname),
    ca: cloudflare.ca,
    isRevoked: (fingerprint) => cloudflare.isRevoked(fingerprint),
    log,
    connections,
    startMachine: (machine) => autostop.start(machine),
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
    log: logFile,
    notices: ports.notices,
  };

  let closing: Promise<void> | undefined;
  function close(): Promise<void> {
    closing ??= (async () => {
      log("stopping");
      await closeAll(closers);
      log("stopped");
      removeInfo(dir);
      releaseLock(dir); // last: a process that waits for the lock may remove the folder at once
      stopped.resolve();
    })();
    return closing;
  }

  writeInfo(info);
  for (const notice of ports.notices) log(notice);
  log(`ready: ${mode} Machines, Fly API ${info.fly}, Cloudflare API ${info.cloudflare}`);
  return { info, stopped: stopped.promise, close };
}

interface ApiWiring {
  readonly ports: CloudPorts;
  readonly tokens: CloudInfo["tokens"];
  readonly octet: number;
  readonly log: (line: string) => void;
  readonly info: NonNullable<FlyApiOptions["info"]>;
  readonly onStop: () => void;
}

interface StartedApis {
  readonly fly: FlyApi;
  readonly cloudflare: LocalCloudflare;
  readonly autostop: Autostop;
  /** Open connections by Machine id: the edges count them, autostop reads them. */
  readonly connections: Map<string, number>;
}

/** Both APIs share the faults and the call log; Fly's certificates are validated by Cloudflare's DNS records. */
async function startApis(
  options: CloudOptions,
  { ports, tokens, octet, log, info, onStop }: ApiWiring,
  closers: Closers,
): Promise<StartedApis> {
  const { dir, seed = 1 } = options;
  const faults = createFaults();
  const calls = createCallLog();
  const cloudflare = await createCloudflareApp({
    dir,
    token: tokens.cloudflare,
    faults,
    calls,
    // Fly looks every few minutes; here a certificate is issued a second after its records are set up.
    onRecords: () => fly.certificates.lookAtDns(),
  });
  const fly: FlyApi = await startFlyApi({
    port: ports.fly,
    token: tokens.fly,
    dir,
    limits: options.limits ?? true,
    seed,
    runner: await openRunner(options, octet),
    faults,
    calls,
    octet,
    log,
    info,
    onStop,
    onAutostop: () => autostop.pass(),
    resolveDns: (name, type) => resolvePublicly(cloudflare, name, type),
  });
  closers.push(() => fly.close());
  const connections = new Map<string, number>();
  const autostop = startAutostop({
    store: fly.store,
    lifecycle: fly.lifecycle,
    clock: systemClock,
    connections,
    log,
    everyMs: options.autostopMs ?? AUTOSTOP_MS,
  });
  closers.push(() => Promise.resolve(autostop.close()));
  const listener = await listenOn(cloudflare.app, ports.cloudflare);
  closers.push(() => listener.close());
  return { fly, cloudflare, autostop, connections };
}

/** Closes in the reverse order of the starts; a part that fails to close doesn't keep the others open. */
async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.toReversed()) await close().catch(() => undefined);
}
