import { formatGoDuration } from "../parse/duration.ts";
import { GUEST_PORTS } from "../parse/guest-ports.ts";
import { compareText } from "../parse/diagnostic.ts";
import { environmentName } from "../plan/names.ts";
import { processOfType } from "../plan/plan.ts";
import type { HostPlan, RegionPlan } from "../plan/plan.ts";
import { stopTimeoutSeconds } from "../plan/shutdown.ts";
import type {
  MachineCheckDesired,
  MachineConfigDesired,
  MachineServiceDesired,
} from "./desired.ts";

/** Fly's Machine config of a host. Source: https://fly.io/docs/machines/api/machines-resource/ */
export function renderMachine({ spec, region }: RegionPlan, host: HostPlan): MachineConfigDesired {
  const { cpuKind, cpus, memoryMb } = region.machine;
  const caddy = processOfType(host, "caddy") !== undefined;
  return {
    image: spec.fleet.image,
    env: renderEnvironment(spec.fleet.app, host),
    guest: { cpu_kind: cpuKind, cpus, memory_mb: memoryMb },
    metadata: { managed_by: "flotilla", stack: host.region, host: host.name },
    services: caddy ? [renderService()] : [],
    checks: renderChecks(host),
    restart: { policy: "always" },
    stop_config: { signal: "SIGTERM", timeout: formatGoDuration(stopTimeoutSeconds(host)) },
    ...(caddy ? { metrics: { port: GUEST_PORTS.caddyMetrics, path: "/metrics" } } : {}),
  };
}

/** Sorted by name. `ACTIVE_*` are the defaults at boot: how many slots are on. */
function renderEnvironment(app: string, host: HostPlan): Record<string, string> {
  const slots = Object.entries(host.slots).sort(([a], [b]) => compareText(a, b));
  const environment: Record<string, string> = {
    FLOTILLA_APP: app,
    FLOTILLA_HOST: host.name,
    FLOTILLA_REGION: host.region,
    FLOTILLA_ROOT: "/flotilla",
    FLOTILLA_SLOTS: slots.map(([name, count]) => `${name}=${count}`).join(" "),
    PC_ADDRESS: "127.0.0.1",
    PC_PORT_NUM: String(GUEST_PORTS.processCompose),
  };
  for (const [name, count] of Object.entries(host.active))
    environment[`ACTIVE_${environmentName(name)}`] = String(count);
  return Object.fromEntries(Object.entries(environment).sort(([a], [b]) => compareText(a, b)));
}

/** TLS passes through to Caddy; the check goes to its plain listener, as the certificate is no public one. */
function renderService(): MachineServiceDesired {
  return {
    protocol: "tcp",
    internal_port: GUEST_PORTS.caddyTls,
    autostart: false,
    autostop: "off",
    min_machines_running: 0,
    ports: [{ port: 443, handlers: ["proxy_proto"] }],
    checks: [httpCheck(GUEST_PORTS.caddyChecks, "/healthz")],
    // Fly lets visitors spill to another region only at hard_limit.
    concurrency: { type: "connections", soft_limit: 500, hard_limit: 1000 },
  };
}

function renderChecks(host: HostPlan): Record<string, MachineCheckDesired> {
  return {
    ...(processOfType(host, "nats") === undefined
      ? {}
      : { nats: httpCheck(GUEST_PORTS.natsMonitoring, "/healthz?js-server-only=true") }),
    ...(processOfType(host, "pocketbase") === undefined
      ? {}
      : { pocketbase: httpCheck(GUEST_PORTS.pocketbase, "/api/health") }),
  };
}

function httpCheck(port: number, path: string): MachineCheckDesired {
  return { type: "http", port, path, interval: "5s", timeout: "2s", grace_period: "30s" };
}
