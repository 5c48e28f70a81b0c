/** Assembles the controller from its parts and serves its API. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { getConnInfo } from "@hono/node-server/conninfo";
import { pino } from "pino";
import type { Logger } from "pino";
import { createFly } from "../providers/fly/api/client.ts";
import { observeHosts } from "../providers/fly/observe-hosts.ts";
import { markSlotsUnknown, observeProcesses } from "../providers/fly/observe-processes.ts";
import { describeTarget } from "../providers/fly/api/target.ts";
import { createApi } from "./api/app.ts";
import { createFleetCompiler } from "./fleet/compile-fleet.ts";
import { systemClock } from "../lib/clock.ts";
import { createHostInspector } from "./sources/host-inspector.ts";
import { DEFAULT_INTERVALS } from "./loop/intervals.ts";
import type { Intervals } from "./loop/intervals.ts";
import { createLoop } from "./loop/loop.ts";
import { createStackRunner } from "./loop/stack-runner.ts";
import { readText } from "./sources/private-network.ts";
import { createMetricReader } from "./sources/metric-sources.ts";
import { openFolder } from "./specs/folder-repository.ts";
import { openRemote } from "./specs/remote-repository.ts";
import type { SpecsRepository } from "./specs/repository.ts";
import { OwnerError, takeStore } from "./store/owner.ts";
import { STORE_FILE, openSqlite } from "./store/sqlite-store.ts";
import { mkdir } from "node:fs/promises";
import { parseListen } from "./access/listen-address.ts";
import { ensureAdminToken } from "./access/first-admin.ts";
import { readTlsPair, serveHttp } from "./http-server.ts";
import { readController, removeController, writeController } from "./running-controller.ts";

export interface ControllerOptions {
  /** Folder of everything the controller keeps. */
  readonly stateDir: string;
  readonly specs:
    | { readonly kind: "folder"; readonly folder: string }
    | {
        readonly kind: "git";
        readonly remote: string;
        readonly branch: string;
        readonly folder: string;
      };
  /** `127.0.0.1:4400`; port 0 takes a free one. */
  readonly listen: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Folder of `Pulumi.yaml` and `index.ts`. */
  readonly projectDir: string;
  /** Path of the `pulumi` program; its language host lies beside it or on PATH. */
  readonly pulumi: string;
  /** Tokens, backend and URLs, for the engine's runs and the calls to Fly. */
  readonly env: Readonly<Record<string, string>>;
  readonly intervals?: Partial<Intervals>;
  /** @default JSON lines on standard error */
  readonly log?: Logger;
}

export interface RunningController {
  readonly url: string;
  /** File with the first admin token, if this start made one. */
  readonly adminTokenFile: string | undefined;
  /** Aborts the running runs, waits until they have ended in order, and stops serving. */
  close(): Promise<void>;
}

/**
 * @throws {OwnerError} when another controller runs on the state folder
 * @throws {ListenError} when the address can't be listened on
 */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { stateDir, env } = options;
  const { host, port } = parseListen(options.listen, options.tls !== undefined);
  const tls = options.tls === undefined ? undefined : readTlsPair(options.tls);
  const log = options.log ?? defaultLog();
  const clock = systemClock;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const release = ownStateDir(stateDir);
  try {
    const store = openSqlite(join(stateDir, STORE_FILE));
    const specs = await openSpecs(options);
    const compiler = createFleetCompiler();
    const fly = createFly({ env });
    const inspector = createHostInspector(async (app, of) => observeProcesses(fly, app, of), clock);
    const loop = createLoop({
      store,
      specs,
      compiler,
      runner: await createStackRunner(options),
      observe: async (app) => observeHosts(fly, app),
      inspector,
      markSlotsUnknown: async (app, id) => markSlotsUnknown(fly, app, id),
      readMetric: createMetricReader(readText, inspector),
      clock,
      log,
      intervals: { ...DEFAULT_INTERVALS, ...options.intervals },
    });
    const api = createApi({
      store,
      specs,
      compiler,
      loop,
      clock,
      log,
      target: describeTarget(env),
      newId: (prefix) => `${prefix}-${randomBytes(4).toString("hex")}`,
      peer: (context) => getConnInfo(context).remote.address ?? "",
    });
    // If the remote can't be reached now, a request that a crash cut off is settled when its client repeats it.
    await api.recover().catch((error: unknown) => log.warn({ err: error }, "recovery incomplete"));
    // The first request should find a head. The follower logs why it can't be read, and polls again.
    await loop.follow(false).catch(() => undefined);
    const server = await serveHttp(api.app.fetch, host, port, tls);
    // Only now: if serving had failed, the next start would find an admin and not say where the token is.
    const adminTokenFile = await ensureAdminToken(store, stateDir, clock.now());
    await loop.start();
    const url = `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
    await writeController(stateDir, url);
    log.info({ url, target: describeTarget(env), specs: options.specs.kind }, "controller started");
    return {
      url,
      adminTokenFile,
      async close() {
        await server.close();
        await loop.stop();
        await removeController(stateDir);
        store.close();
        release();
        log.info({ url }, "controller stopped");
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** @throws {OwnerError} that names the running controller, once that one serves */
function ownStateDir(stateDir: string): () => void {
  try {
    return takeStore(stateDir);
  } catch (error) {
    const other = readController(stateDir);
    if (!(error instanceof OwnerError) || other === undefined) throw error;
    const where = `process ${other.pid}, at ${other.url}`;
    throw new OwnerError(`${error.message} (${where})`, { cause: error });
  }
}

async function openSpecs({ specs, stateDir }: ControllerOptions): Promise<SpecsRepository> {
  if (specs.kind === "git") return openRemote({ ...specs, stateDir });
  return openFolder({ folder: specs.folder, stateDir, now: () => systemClock.now() });
}

function defaultLog(): Logger {
  return pino(
    { base: null, redact: ["*.authorization", "*.token", "*.secret"] },
    pino.destination({ dest: 2, sync: true }),
  );
}
