/** Puts the controller together and serves it. */
import { instantOf } from "./model/shapes.ts";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { pino } from "pino";
import type { Logger } from "pino";
import { createFly } from "../providers/fly/api/client.ts";
import { observeHosts } from "../providers/fly/observe-hosts.ts";
import { markSlotsUnknown, observeProcesses } from "../providers/fly/observe-processes.ts";
import { describeTarget } from "../providers/fly/api/target.ts";
import { ListenError, parseListen } from "./access/listen-address.ts";
import { createToken } from "./access/tokens.ts";
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
import { STORE_FILE } from "./store/file.ts";
import { OwnerError, takeStore } from "./store/owner.ts";
import { openSqlite } from "./store/sqlite-store.ts";
import type { Store } from "./store/store.ts";

export interface ControllerOptions {
  /** Everything it keeps. */
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
  /** The engine's program; its language host lies beside it or on PATH. */
  readonly pulumi: string;
  /** Tokens, backend and URLs: for the engine's runs and the lists of hosts. */
  readonly env: Readonly<Record<string, string>>;
  readonly intervals?: Partial<Intervals>;
  /** @default JSON lines on standard error */
  readonly log?: Logger;
}

export interface RunningController {
  readonly url: string;
  /** File with the first admin token, when this start has made it. */
  readonly adminTokenFile: string | undefined;
  /** Lets the running runs end in order. */
  close(): Promise<void>;
}

/** Name of the file with the first admin token. */
export const ADMIN_TOKEN_FILE = "admin-token";

/** Throws `OwnerError`, `ListenError`, or what the engine and the specs throw. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { stateDir, env } = options;
  const { host, port } = parseListen(options.listen, options.tls !== undefined);
  const tls = options.tls === undefined ? undefined : readPair(options.tls);
  const log = options.log ?? defaultLog();
  const clock = systemClock;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const giveBack = takeAlone(stateDir);
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
      world: describeTarget(env),
      newId: (prefix) => `${prefix}-${randomBytes(4).toString("hex")}`,
      peer: (context) => getConnInfo(context).remote.address ?? "",
    });
    // A remote that can't be reached now holds up only those who repeat a request of before the crash.
    await api.recover().catch((error: unknown) => log.warn({ err: error }, "not all was settled"));
    // Who asks at once finds a fleet to ask about; where the remote can't be reached, the one of before.
    await loop.follow(false).catch((error: unknown) => log.warn({ err: error }, "no news"));
    const server = await listen(api.app.fetch, host, port, tls);
    // Not before it serves: the next start wouldn't say where the token is.
    const adminTokenFile = await ensureAdmin(store, stateDir);
    await loop.start();
    const url = `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
    const infoFile = join(stateDir, "controller.json");
    await writeFile(`${infoFile}.new`, JSON.stringify({ url, pid: process.pid }), { mode: 0o600 });
    await rename(`${infoFile}.new`, infoFile);
    log.info({ url }, "the controller serves");
    return {
      url,
      adminTokenFile,
      async close() {
        await server.close();
        await loop.stop();
        await rm(infoFile, { force: true });
        store.close();
        giveBack();
      },
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Throws `OwnerError` that names the one that runs, as soon as that serves. */
function takeAlone(stateDir: string): () => void {
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

/** The first start makes an admin, whose token only this file shows. */
async function ensureAdmin(store: Store, stateDir: string): Promise<string | undefined> {
  const tokens = await store.tokens();
  if (tokens.some(({ role, revoked_at: revoked }) => role === "admin" && revoked === undefined))
    return undefined;
  const file = join(stateDir, ADMIN_TOKEN_FILE);
  const now = systemClock.now();
  const { secret, token } = createToken("admin", "admin", now);
  await rm(file, { force: true });
  await writeFile(file, `${secret}\n`, { mode: 0o600, flag: "wx" });
  const { hash: _, ...shown } = token;
  await store.commit([
    { put: "token", token },
    {
      add: "audit",
      entry: {
        at: instantOf(now),
        actor: "controller",
        action: "token.create",
        target: token.id,
        reason: "first start",
        after: shown,
        result: "done",
        request: token.id,
      },
    },
  ]);
  return file;
}

interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Throws `ListenError` when nobody could be served with them. */
function readPair({ cert, key }: { readonly cert: string; readonly key: string }): TlsPair {
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    throw new ListenError(
      `--tls-cert ${cert} and --tls-key ${key} aren't a certificate and its key: ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
  tls: TlsPair | undefined,
): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch,
        hostname,
        port,
        ...(tls === undefined ? {} : { createServer: createTlsServer, serverOptions: tls }),
      },
      (info: AddressInfo) => {
        resolve({
          port: info.port,
          close: async () =>
            new Promise((done) => {
              server.close(() => done());
              // Streams of events would never end by themselves.
              if ("closeAllConnections" in server) server.closeAllConnections();
            }),
        });
      },
    );
    server.once("error", (cause) =>
      reject(
        new ListenError(`${messageOf(cause)}: name another address and port with --listen`, {
          cause,
        }),
      ),
    );
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function defaultLog(): Logger {
  return pino(
    { base: null, redact: ["*.authorization", "*.token", "*.secret"] },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Where a controller of that folder answers, when one runs there. */
export function readController(stateDir: string): { url: string; pid: number } | undefined {
  const file = join(stateDir, "controller.json");
  if (!existsSync(file)) return undefined;
  const { url, pid } = JSON.parse(readFileSync(file, "utf8")) as { url: string; pid: number };
  try {
    process.kill(pid, 0);
    return { url, pid };
  } catch {
    return undefined; // killed: it couldn't tidy up
  }
}
