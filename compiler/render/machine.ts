import { formatGoDuration } from "../text/duration.ts";
import { GUEST_PORTS } from "../catalog/guest-ports.ts";
import { compareText } from "../text/diagnostic.ts";
import type { RegionCode } from "../catalog/fly-regions.ts";
import type { CaddyService, TlsSpec } from "../model/spec.ts";
import { environmentName } from "../model/names.ts";
import { oncePer } from "../plan/memoize-by-identity.ts";
import { processOfType } from "../model/plan.ts";
import type { HostPlan, RegionPlan } from "../model/plan.ts";
import { stopTimeoutSeconds } from "../plan/shutdown.ts";
import type { MachineCheck, MachineConfig, MachineService } from "../model/machine-config.ts";

/** Fly's Machine config of a host. Source: https://fly.io/docs/machines/api/machines-resource/ */
export function renderMachine({ spec, region }: RegionPlan, host: HostPlan): MachineConfig {
  const { cpuKind, cpus, memoryMb } = region.machine;
  const caddy = processOfType(host, "caddy")?.service;
  return {
    image: spec.fleet.image,
    env: renderEnvironment(spec.fleet.app, host),
    guest: { cpu_kind: cpuKind, cpus, memory_mb: memoryMb },
    metadata: { managed_by: "flotilla", stack: host.region, host: host.name },
    services:
      caddy === undefined ? [] : [serviceOf(spec.fleet.tls, caddy, region.code, host.idles)],
    checks: checksOf(host.processes),
    restart: { policy: "always" },
    stop_config: { signal: "SIGTERM", timeout: formatGoDuration(stopTimeoutSeconds(host)) },
    ...(caddy !== undefined
      ? { metrics: { port: GUEST_PORTS.caddyMetrics, path: "/metrics" } }
      : {}),
  };
}

/** Sorted by name, as `ACTIVE_` comes before `FLOTILLA_` and `PC_`. */
function renderEnvironment(app: string, host: HostPlan): Record<string, string> {
  return {
    ...activeEnvironment(host.active),
    FLOTILLA_APP: app,
    FLOTILLA_HOST: host.name,
    FLOTILLA_REGION: host.region,
    FLOTILLA_ROOT: "/flotilla",
    FLOTILLA_SLOTS: slotsText(host.slots),
    PC_ADDRESS: "127.0.0.1",
    PC_PORT_NUM: String(GUEST_PORTS.processCompose),
  };
}

/** Defaults at boot: how many slots are on. */
const activeEnvironment = oncePer((active: HostPlan["active"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(active)
      .map(([name, count]) => [`ACTIVE_${environmentName(name)}`, String(count)] as const)
      .sort(([a], [b]) => compareText(a, b)),
  ),
);

const slotsText = oncePer((slots: HostPlan["slots"]): string =>
  Object.entries(slots)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, count]) => `${name}=${count}`)
    .join(" "),
);

/** TLS passes through to Caddy, with the visitor's address before it. */
const PASSED_THROUGH = {
  internal_port: GUEST_PORTS.caddyTls,
  ports: [{ port: 443, handlers: ["proxy_proto"] }],
} as const;

/** Fly terminates TLS. Port 80 is for those who come without, and for the proof that a certificate's issuer asks for. */
const TERMINATED = {
  internal_port: GUEST_PORTS.caddyChecks,
  ports: [
    { port: 443, handlers: ["tls", "http"] },
    { port: 80, handlers: ["http"], force_https: true },
  ],
} as const;

/**
 * The check goes to Caddy's plain listener, as an Origin CA certificate is no public one.
 * `autostart` and `autostop` go together: a host that is stopped and not started again is lost. Fly keeps
 * `min_machines_running` in the primary region only, so hosts that stay on say so themselves.
 */
function serviceOf(
  { mode }: TlsSpec,
  caddy: CaddyService,
  region: RegionCode,
  idles: boolean,
): MachineService {
  const concurrency = caddy.regions[region]?.concurrency;
  const { internal_port, ports } = mode === "origin-cert" ? PASSED_THROUGH : TERMINATED;
  return {
    protocol: "tcp",
    internal_port,
    autostart: idles,
    autostop: idles ? "stop" : "off",
    min_machines_running: 0,
    ports,
    checks: [httpCheck(GUEST_PORTS.caddyChecks, "/healthz")],
    ...(concurrency === undefined
      ? {}
      : {
          // Fly lets visitors spill to another region only at hard_limit.
          concurrency: {
            type: concurrency.type,
            soft_limit: concurrency.softLimit,
            ...(concurrency.hardLimit === undefined ? {} : { hard_limit: concurrency.hardLimit }),
          },
        }),
  };
}

const checksOf = oncePer((processes: HostPlan["processes"]): Record<string, MachineCheck> => ({
  ...(processes.some(({ service }) => service.type === "nats")
    ? { nats: httpCheck(GUEST_PORTS.natsMonitoring, "/healthz?js-server-only=true") }
    : {}),
  ...(processes.some(({ service }) => service.type === "pocketbase")
    ? { pocketbase: httpCheck(GUEST_PORTS.pocketbase, "/api/health") }
    : {}),
}));

function httpCheck(port: number, path: string): MachineCheck {
  return { type: "http", port, path, interval: "5s", timeout: "2s", grace_period: "30s" };
}
