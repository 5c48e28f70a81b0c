/** A simulated Fly API for one test, and the provider's connection to it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import { startFlyApi } from "../../../local/fly/server.ts";
import type { FlyApi, FlyApiOptions } from "../../../local/fly/server.ts";
import { createFly } from "../../../providers/fly/api/client.ts";
import type { Fly } from "../../../providers/fly/api/client.ts";
import type { Clock } from "../../../providers/fly/api/clock.ts";
import type { Properties } from "../../../providers/dynamic/json.ts";
import { localBackendMarker } from "../../../providers/fly/api/target.ts";

export interface Cloud {
  readonly api: FlyApi;
  readonly env: Readonly<Record<string, string>>;
  readonly fly: Fly;
  /** A connection that knows nothing of what another has seen: the next run. */
  nextRun(): Fly;
  /** `METHOD path` of the calls so far, without `/v1`; `writes` leaves the reads out. */
  calls(): string[];
  writes(): string[];
}

export async function startCloud(options: FlyApiOptions = {}): Promise<Cloud> {
  const clock = hastyClock();
  const api = await startFlyApi({ limits: false, lagMs: 0, clock, ...options });
  const backend = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  writeFileSync(join(backend, localBackendMarker), "");
  onTestFinished(async () => {
    await api.close();
    rmSync(backend, { recursive: true });
  });
  const env = {
    FLY_FLAPS_BASE_URL: api.url,
    FLY_API_TOKEN: api.token,
    PULUMI_BACKEND_URL: `file://${backend}`,
  };
  const calls = (): string[] =>
    api.calls.list(0).map(({ method, path }) => `${method} ${path.replace(/^\/v1/, "")}`);
  return {
    api,
    env,
    fly: createFly({ env, clock, retryDelayMs: 1 }),
    nextRun: () => createFly({ env, clock, retryDelayMs: 1 }),
    calls,
    writes: () => calls().filter((call) => !call.startsWith("GET ")),
  };
}

/**
 * Lets pass at once what the provider wants to sleep, so that its deadlines come without waiting for them. The
 * simulated Machines keep real time, but tell it by this clock, so that leases end when the provider's time says so.
 */
export function hastyClock(): Clock & Required<FlyApiOptions>["clock"] {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    async sleep(ms) {
      skipped += ms;
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
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
