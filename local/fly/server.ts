/** The API on a port, in this process. */
import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { systemClock, type Clock } from "../../lib/clock.ts";
import { createFaults, type Faults } from "../faults/rules.ts";
import { createCallLog, type CallLog } from "../http/call-log.ts";
import { createDirectFetch } from "../http/direct-fetch.ts";
import { listenOn } from "../http/listener.ts";
import { createRandom } from "../machines/random.ts";
import type { MachineRunner } from "../machines/runner.ts";
import { createSimulatedRunner } from "../machines/simulated.ts";
import { createFlyApp } from "./api.ts";
import type { Certificates } from "./certificates/certificates.ts";
import type { ResolveDns } from "./certificates/state.ts";
import { localRoutes } from "./control/routes.ts";
import { listMachines, type MachineStatus } from "./control/status.ts";
import type { Lifecycle } from "./lifecycle/lifecycle.ts";
import { openFlyStore, type FlyStore } from "./store/store.ts";

export interface FlyApiOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  /** False: the API has no port and is called by `fetch` alone. Default: true. */
  readonly listen?: boolean;
  /** Default: `127.0.0.1`. */
  readonly hostname?: string;
  /** The one token that is accepted. Default: a random one. */
  readonly token?: string;
  /** State is under `<dir>/fly`. Default: in memory. */
  readonly dir?: string;
  /** Default: true. */
  readonly limits?: boolean;
  /** Default: 1. */
  readonly seed?: number;
  /** Upper bound of the time in which reads don't see what was just created. Default: 150 ms. */
  readonly lagMs?: number;
  /** Upper bound of how old a list of Machines may be. Default: 0 ms. */
  readonly listLagMs?: number;
  /** Default: simulated Machines. */
  readonly runner?: MachineRunner;
  readonly clock?: Clock;
  readonly faults?: Faults;
  readonly calls?: CallLog;
  /** Default: 1. */
  readonly octet?: number;
  readonly log?: (line: string) => void;
  /** DNS that certificates are validated by. Default: every hostname counts as set up. */
  readonly resolveDns?: ResolveDns;
  /** What `/_local/status` reports about the cloud around this API. Default: nothing. */
  readonly info?: () => object;
  /** What `/_local/autostop` does: one pass; returns the names of the Machines that it stops. Default: nothing. */
  readonly onAutostop?: () => readonly string[];
  /** What `/_local/stop` does. Default: closes this API. */
  readonly onStop?: () => void;
}

export interface FlyApi {
  /** `http://127.0.0.1:PORT`; the routes are below `/v1`. */
  readonly url: string;
  readonly token: string;
  readonly app: Hono;
  /** Calls the API in this process without a socket, and rejects as the global `fetch` does. */
  readonly fetch: typeof fetch;
  readonly store: FlyStore;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly lifecycle: Lifecycle;
  readonly machines: { list(): readonly MachineStatus[] };
  readonly certificates: Pick<Certificates, "isActive" | "lookAtDns">;
  /** Stops the Machines' processes, keeps their records, closes the port. */
  close(): Promise<void>;
}

/** @throws the system's error (`EADDRINUSE`) when the port is taken */
export async function startFlyApi(options: FlyApiOptions = {}): Promise<FlyApi> {
  const { clock = systemClock, faults = createFaults(), calls = createCallLog() } = options;
  const token = options.token ?? `flotilla-local-${randomBytes(16).toString("hex")}`;
  const random = createRandom(options.seed ?? 1);
  const store = openFlyStore(options.dir);
  const { app, lifecycle, certificates } = createFlyApp({
    store,
    runner: options.runner ?? createSimulatedRunner({ clock, random }),
    clock,
    random,
    limits: options.limits ?? true,
    faults,
    calls,
    token,
    octet: options.octet ?? 1,
    lagMs: options.lagMs ?? 150,
    listLagMs: options.listLagMs ?? 0,
    log: options.log ?? (() => undefined),
    resolveDns: options.resolveDns,
  });
  localRoutes(app, {
    token,
    store,
    faults,
    calls,
    info: options.info ?? (() => ({})),
    autostop: options.onAutostop ?? (() => []),
    stop: options.onStop ?? (() => void close()),
  });
  const server =
    options.listen === false ? undefined : await listenOn(app, options.port ?? 0, options.hostname);
  await lifecycle.resume();

  let closed: Promise<void> | undefined;
  function close(): Promise<void> {
    closed ??= (async () => {
      faults.clear();
      await lifecycle.shutdown();
      await server?.close();
    })();
    return closed;
  }

  return {
    // Clients tell a local cloud by its URL, so one without a port needs a local URL too.
    url: server?.url ?? "http://127.0.0.1:1",
    token,
    app,
    fetch: createDirectFetch(app),
    store,
    faults,
    calls,
    lifecycle,
    machines: { list: () => listMachines(store) },
    certificates,
    close,
  };
}
