/** The API on a port, in this process. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { createCalls, type Calls } from "../http/call-log.ts";
import { createFaults, type Faults } from "../faults/rules.ts";
import { systemClock, type Clock } from "../machines/virtual-clock.ts";
import { createRandom } from "../machines/random.ts";
import type { MachineRunner } from "../machines/runner.ts";
import { createSimulatedRunner } from "../machines/simulated.ts";
import { createFlyApp } from "./api.ts";
import type { ResolveDns } from "./certificates/state.ts";
import { openCertificates, type Certificates } from "./certificates/certificates.ts";
import { createDirectFetch } from "../http/direct-fetch.ts";
import type { Lifecycle } from "./lifecycle/lifecycle.ts";
import { localRoutes } from "./control/routes.ts";
import { listStatus, type MachineStatus } from "./control/status.ts";
import { openFlyStore, type FlyStore } from "./store/store.ts";

export interface FlyApiOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  /** False: no port; calls come in by `fetch` alone. Default: true. */
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
  /** Default: 150 ms. */
  readonly lagMs?: number;
  /** Lists of Machines are up to so long behind. Default: 0 ms. */
  readonly listLagMs?: number;
  /** Default: simulated Machines. */
  readonly runner?: MachineRunner;
  readonly clock?: Clock;
  readonly faults?: Faults;
  readonly calls?: Calls;
  /** Default: 1. */
  readonly octet?: number;
  readonly log?: (line: string) => void;
  /** What certificates are validated by. Default: every hostname counts as set up. */
  readonly resolveDns?: ResolveDns;
  /** What `/_local/status` says of the cloud around this API. Default: nothing. */
  readonly info?: () => object;
  /** What `/_local/autostop` does: one pass; names of the Machines that go to sleep. Default: nothing. */
  readonly onAutostop?: () => readonly string[];
  /** What `/_local/stop` does. Default: closes this API. */
  readonly onStop?: () => void;
}

export interface FlyApi {
  /** `http://127.0.0.1:PORT`; the routes are below `/v1`. */
  readonly url: string;
  readonly token: string;
  readonly app: Hono;
  /** Calls the API in this process without a socket, with the errors of the global one. */
  readonly fetch: typeof fetch;
  readonly store: FlyStore;
  readonly faults: Faults;
  readonly calls: Calls;
  readonly lifecycle: Lifecycle;
  readonly machines: { list(): readonly MachineStatus[] };
  readonly certificates: Pick<Certificates, "isActive" | "lookAtDns">;
  /** Stops the Machines' processes, keeps their records, closes the port. */
  close(): Promise<void>;
}

/** Rejects with the system's error (`EADDRINUSE`) when the port is taken. */
export async function startFlyApi(options: FlyApiOptions = {}): Promise<FlyApi> {
  const { clock = systemClock, faults = createFaults(), calls = createCalls() } = options;
  const token = options.token ?? `flotilla-local-${randomBytes(16).toString("hex")}`;
  const random = createRandom(options.seed ?? 1);
  const store = openFlyStore(options.dir);
  const { app, machines: lifecycle } = createFlyApp({
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
  const server = options.listen === false ? undefined : await listen(app, options);
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
    // Without a port too it has to look like what it is: a cloud on this machine.
    url: server?.url ?? "http://127.0.0.1:1",
    token,
    app,
    fetch: createDirectFetch(app),
    store,
    faults,
    calls,
    lifecycle,
    machines: { list: () => listStatus(store) },
    certificates: openCertificates({ store, clock, resolveDns: options.resolveDns }),
    close,
  };
}

async function listen(
  app: Hono,
  { port = 0, hostname = "127.0.0.1" }: FlyApiOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(port, hostname);
  await once(server, "listening");
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${bound.address}:${bound.port}`,
    async close() {
      const ended = once(server, "close");
      server.close();
      server.closeAllConnections();
      await ended;
    },
  };
}
