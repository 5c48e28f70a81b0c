import { stringify } from "yaml";
import { GUEST_PORTS } from "../parse/guest-ports.ts";
import { environmentName } from "../plan/names.ts";
import type { HostPlan, ProcessPlan, SlotPlan } from "../plan/plan.ts";
import { PATHS } from "./paths.ts";
import { processSecrets } from "./secrets.ts";

/** SIGTERM, and SIGUSR2 for NATS: its lame duck mode hands clients over before it stops. */
const SIGNALS = { term: 15, lameDuck: 12 } as const;

/**
 * A host's Process Compose project. Every slot of every `local` service is in it; `is_disabled` decides which
 * are on, from the environment, so that another count changes no file. Servers restart always: they exit 0
 * when a failed probe stops them. Source: https://f1bonacc1.github.io/process-compose/
 */
export function renderProcessCompose(fleet: string, host: HostPlan): string {
  const project = {
    version: "0.5",
    name: `${fleet}-${host.name}`,
    is_strict: true,
    is_tui_disabled: true,
    ordered_shutdown: true,
    shell: { shell_command: "/bin/sh", shell_argument: "-c" },
    processes: Object.fromEntries(
      host.processes.map((process) => [process.name, renderProcess(host, process)]),
    ),
  };
  // Quotes everywhere: the reader follows YAML 1.1, where a bare `1_000` or `on` is no text.
  const text = stringify(project, {
    lineWidth: 0,
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
  });
  // envsubst, which reads the whole file first, makes one backslash of two.
  return text.replaceAll("\\\\", "\\\\\\\\");
}

/** `DISABLED_WORKER_0`: set by the image's entry script. */
export function disabledName(process: SlotPlan): string {
  return `DISABLED_${environmentName(process.service.name)}_${process.slot}`;
}

function renderProcess(host: HostPlan, process: ProcessPlan): object {
  const { command, environment, own, probe, signal } = partsOf(host, process);
  const keep = [...new Set([...own, ...processSecrets(process)])].sort();
  const isSlot = "slot" in process && process.service.strategy === "local";
  return {
    entrypoint: [PATHS.run, keep.length === 0 ? "-" : keep.join(","), "--", ...command].map(
      escapeDollar,
    ),
    ...(isSlot ? { is_disabled: `\${${disabledName(process)}}` } : {}),
    ...(Object.keys(environment).length === 0
      ? {}
      : {
          environment: Object.entries(environment).map(([name, value]) =>
            escapeText(`${name}=${value}`),
          ),
        }),
    ...(process.dependsOn.length === 0
      ? {}
      : {
          depends_on: Object.fromEntries(
            process.dependsOn.map(({ name, condition }) => [name, { condition }]),
          ),
        }),
    availability: { restart: "always", backoff_seconds: 2 },
    ...(probe === undefined ? {} : { readiness_probe: probe }),
    shutdown: { signal, timeout_seconds: process.service.stopTimeoutSeconds },
  };
}

interface ProcessParts {
  readonly command: readonly string[];
  /** Sorted by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in it that are the process's own: `run` lets the others through for everyone. */
  readonly own: readonly string[];
  readonly probe: object | undefined;
  readonly signal: number;
}

function partsOf(host: HostPlan, process: ProcessPlan): ProcessParts {
  const server = { environment: {}, own: [], signal: SIGNALS.term };
  if ("slot" in process) return slotParts(process);
  switch (process.service.type) {
    case "caddy":
      return {
        ...server,
        command: [`${PATHS.bin}/caddy`, "run", "--config", PATHS.caddy],
        environment: { XDG_CONFIG_HOME: PATHS.caddyData, XDG_DATA_HOME: PATHS.caddyData },
        own: ["XDG_CONFIG_HOME", "XDG_DATA_HOME"],
        probe: httpProbe(GUEST_PORTS.caddyChecks, "/healthz"),
      };
    case "nats":
      return {
        ...server,
        command: [`${PATHS.bin}/nats-server`, "-c", PATHS.nats],
        probe: httpProbe(GUEST_PORTS.natsMonitoring, "/healthz?js-server-only=true"),
        signal: SIGNALS.lameDuck,
      };
    case "pocketbase":
      // PocketBase exits 0 on a flag it doesn't know, without serving: add none that isn't tested.
      return {
        ...server,
        command: [
          `${PATHS.bin}/pocketbase`,
          "serve",
          `--http=[::]:${GUEST_PORTS.pocketbase}`,
          `--dir=${PATHS.pocketbaseData}`,
          "--migrationsDir=/flotilla/pb_migrations",
          "--hooksDir=/flotilla/pb_hooks",
          "--hooksWatch=false",
          "--automigrate=false",
          "--publicDir=/flotilla/tmp/none",
          // PocketBase switches it on by itself when its binary lies below the temporary folder, and then logs
          // every statement with password hashes.
          "--dev=false",
        ],
        probe: httpProbe(GUEST_PORTS.pocketbase, "/api/health"),
      };
    default:
      throw new Error(`no such process on ${host.name}: ${process.name}`);
  }
}

function slotParts({ name, service, ports, natsUrl, pocketbaseUrl }: SlotPlan): ProcessParts {
  const numbers = Object.entries(ports);
  const only = numbers.length === 1 ? numbers[0]?.[1] : undefined;
  const environment: Record<string, string> = {
    ...service.environment,
    BIND_ADDRESS: "[::]",
    FLOTILLA_SLOT: name,
    ...(natsUrl === undefined ? {} : { NATS_URL: natsUrl }),
    ...(pocketbaseUrl === undefined ? {} : { POCKETBASE_URL: pocketbaseUrl }),
    ...(only === undefined ? {} : { PORT: String(only) }),
    ...Object.fromEntries(
      numbers.map(([port, number]) => [`PORT_${environmentName(port)}`, String(number)]),
    ),
  };
  const probePort = service.probe === undefined ? undefined : ports[service.probe.port];
  return {
    command: service.command,
    own: Object.keys(service.environment),
    environment: Object.fromEntries(
      Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    probe:
      service.probe === undefined || probePort === undefined
        ? undefined
        : httpProbe(probePort, service.probe.path, service.probe),
    signal: SIGNALS.term,
  };
}

const PATIENT = { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 };

/** The start must fit into period × failures: a probe that gives up stops the process. */
function httpProbe(port: number, path: string, times: typeof PATIENT = PATIENT): object {
  return {
    http_get: { host: "127.0.0.1", scheme: "http", port: String(port), path: escapeText(path) },
    period_seconds: times.periodSeconds,
    timeout_seconds: times.timeoutSeconds,
    failure_threshold: times.failureThreshold,
  };
}

/** envsubst reads the whole file before it is parsed. */
function escapeDollar(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** Environment and probes are Go templates besides; arguments of `entrypoint` aren't. */
function escapeText(text: string): string {
  return escapeDollar(text).replaceAll("{{", '{{ "{{" }}');
}
