/** A simulated Fly API for one test, and the provider's connection to it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import { scratchFolder } from "../../kit/scratch-folder.ts";
import type { Clock } from "../../../lib/clock.ts";
import { startFlyApi } from "../../../local/fly/server.ts";
import type { FlyApi, FlyApiOptions } from "../../../local/fly/server.ts";
import { createFly } from "../../../providers/fly/api/client.ts";
import type { Fly } from "../../../providers/fly/api/client.ts";
import { localBackendMarker } from "../../../providers/fly/api/target.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { createSimulationClock } from "../../kit/simulation-clock.ts";
import type { SimulationClock } from "../../kit/simulation-clock.ts";

export interface SocketCloud {
  readonly api: FlyApi;
  /** The environment of a process that uses it. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Cloud extends SocketCloud {
  readonly fly: Fly;
  /** A connection that remembers nothing another has read: the next run. */
  nextRun(): Fly;
  /** Lets time pass until the work is done. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** `METHOD path` of the calls so far, without `/v1`; `writes` leaves the reads out. */
  calls(): string[];
  writes(): string[];
}

/** A Fly API in real time behind a socket, for other processes. */
export async function startSocketCloud(options: FlyApiOptions = {}): Promise<SocketCloud> {
  const api = await startFlyApi({ limits: false, lagMs: 0, ...options });
  onTestFinished(() => api.close());
  return { api, env: environmentFor(api) };
}

/** A Fly API in virtual time: it passes while the provider waits for something, and only then. */
export async function startCloud(options: FlyApiOptions = {}): Promise<Cloud> {
  const clock = createSimulationClock();
  const api = await startFlyApi({ limits: false, lagMs: 0, clock, ...options });
  onTestFinished(() => clock.drive(api.close()));
  const env = environmentFor(api);
  const calls = (): string[] =>
    api.calls.list(0).map(({ method, path }) => `${method} ${path.replace(/^\/v1/, "")}`);
  const nextRun = (): Fly =>
    createFly({
      env,
      clock: drivenByItsWaits(clock),
      retryDelayMs: 1,
      fetch: (request) => sendInProcess(api, request),
    });
  return {
    api,
    env,
    fly: nextRun(),
    nextRun,
    drive: (work) => clock.drive(work),
    calls,
    writes: () => calls().filter((call) => !call.startsWith("GET ")),
  };
}

/** Answers a request without a socket, as time would otherwise pass while it is on its way. */
export async function sendInProcess(api: FlyApi, request: Request): Promise<Response> {
  const response = await api.app.fetch(request);
  if (response.headers.has("flotilla-local-reset")) throw new TypeError("fetch failed");
  return response;
}

export function environmentFor(api: FlyApi): Readonly<Record<string, string>> {
  const backend = scratchFolder();
  writeFileSync(join(backend, localBackendMarker), "");
  return {
    FLY_FLAPS_BASE_URL: api.url,
    FLY_API_TOKEN: api.token,
    PULUMI_BACKEND_URL: `file://${backend}`,
  };
}

/** The same clock, whose time passes as long as a timer that was set through this port is open. */
function drivenByItsWaits(clock: SimulationClock): Clock {
  let open = 0;
  let idle = Promise.withResolvers<void>();
  return {
    now: () => clock.now(),
    after(ms, callback) {
      let isOpen = true;
      const end = (): void => {
        if (isOpen) open -= 1;
        isOpen = false;
        if (open === 0) idle.resolve();
      };
      const cancel = clock.after(ms, () => {
        end();
        callback();
      });
      open += 1;
      if (open === 1) {
        idle = Promise.withResolvers();
        void clock.drive(idle.promise);
      }
      return () => {
        cancel();
        end();
      };
    },
  };
}

export const appInputs = { name: "acme", organization: "personal", __provider: "text" };

/** The inputs of Machine iad-0, as the program would send them. */
export function machineInputs(appId: string, over: Properties = {}): Properties {
  return {
    app: "acme",
    appId,
    name: "iad-0",
    region: "iad",
    state: "started",
    config: machineConfig(),
    files: [
      { path: "/flotilla/etc/caddy.json", text: "{}\n" },
      { path: "/flotilla/etc/tls/origin.key", secret: "ORIGIN_KEY", mode: 0o600 },
    ],
    secretDigests: { ORIGIN_KEY: "abc" },
    secretsVersion: 0,
    healthTimeoutSeconds: 60,
    __provider: "text",
    ...over,
  };
}

export function machineConfig(over: Properties = {}): Properties {
  return {
    image: "registry.fly.io/acme:1",
    env: { FLOTILLA_HOST: "iad-0" },
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 512 },
    metadata: { managed_by: "flotilla", stack: "iad", host: "iad-0" },
    services: [
      {
        protocol: "tcp",
        internal_port: 8444,
        autostart: false,
        autostop: "off",
        min_machines_running: 0,
        ports: [{ port: 443, handlers: ["proxy_proto"] }],
        checks: [{ type: "tcp", port: 8444, interval: "15s", timeout: "2s", grace_period: "60s" }],
      },
    ],
    checks: {
      caddy: {
        type: "http",
        port: 8080,
        path: "/healthz",
        interval: "15s",
        timeout: "2s",
        grace_period: "1m0s",
      },
    },
    restart: { policy: "always" },
    stop_config: { signal: "SIGTERM", timeout: "60s" },
    ...over,
  };
}
