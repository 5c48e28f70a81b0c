import { GUEST_PORTS } from "../catalog/guest-ports.ts";
import type { BackupSpec, Service } from "../model/spec.ts";
import { environmentName } from "../model/names.ts";
import { oncePer } from "../plan/memoize-by-identity.ts";
import type { HostPlan, ProcessPlan, SlotPlan } from "../model/plan.ts";
import { PATHS } from "../catalog/guest-paths.ts";
import { execProbe, httpProbe, startProbe } from "./probe.ts";
import { escapeDollar, escapeText } from "./process-compose-text.ts";
import { processSecrets } from "../catalog/secrets.ts";
import { yamlText } from "./yaml-writer.ts";
import type { YamlValue } from "./yaml-writer.ts";

/** SIGTERM, and SIGUSR2 for NATS: its lame duck mode hands clients over before it stops. */
const SIGNALS = { term: 15, lameDuck: 12 } as const;

const RESTART = { always: "always", "on-failure": "on_failure", no: "no" } as const;

/** A host's Process Compose project begins with its name, which has no backslash and no dollar in it. */
export function projectHead(fleet: string, host: HostPlan): string {
  return yamlText({ version: "0.5", name: `${fleet}-${host.name}` });
}

/** What comes before the processes. */
export const PROJECT_SETTINGS = yamlText({
  is_strict: true,
  is_tui_disabled: true,
  ordered_shutdown: true,
  shell: { shell_command: "/bin/sh", shell_argument: "-c" },
});

/**
 * All but the first two lines: the same on every host of one shape. Every slot of every `local` service is in it;
 * `is_disabled` decides which are on, from the environment, so that another count changes no file. Servers restart
 * always: they exit 0 when a failed probe stops them. Source: https://f1bonacc1.github.io/process-compose/
 */
export const projectBody = oncePer((processes: readonly ProcessPlan[]): string => {
  if (processes.length === 0) return `${PROJECT_SETTINGS}processes: {}\n`;
  return `${PROJECT_SETTINGS}processes:\n${processes.map(processText).join("")}`;
});

// envsubst, which reads the whole file first, makes one backslash of two.
export const processText = oncePer((process: ProcessPlan): string =>
  yamlText({ [process.name]: renderProcess(process) }, "  ").replaceAll("\\\\", "\\\\\\\\"),
);

/** `DISABLED_WORKER_0`: set by the image's entry script. */
export function disabledName(process: SlotPlan): string {
  return `DISABLED_${environmentName(process.service.name)}_${process.slot}`;
}

function renderProcess(process: ProcessPlan): { readonly [key: string]: YamlValue } {
  const { command, environment, own, probe, signal } = partsOf(process);
  const keep = keepList(process, own);
  const { service } = process;
  const isSlot = "slot" in process && process.service.strategy === "local";
  return {
    entrypoint: [PATHS.run, keep, "--", ...command].map(escapeDollar),
    ...(service.type === "process" && service.workingDir !== undefined
      ? { working_dir: escapeText(service.workingDir) }
      : {}),
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
    availability: availability(service),
    ...(probe === undefined ? {} : { readiness_probe: probe }),
    shutdown: { signal, timeout_seconds: service.stopTimeoutSeconds },
  };
}

/** Names that `run` lets through to the process besides those for everyone; `-` is none. */
function keepList(process: ProcessPlan, own: readonly string[]): string {
  const keep = [...new Set([...own, ...processSecrets(process)])].sort();
  return keep.length === 0 ? "-" : keep.join(",");
}

function availability(service: Service): { readonly [key: string]: YamlValue } {
  if (service.type !== "process") return { restart: "always", backoff_seconds: 2 };
  return {
    restart: RESTART[service.restart],
    backoff_seconds: service.restartDelaySeconds,
    ...(service.maxRestarts === 0 ? {} : { max_restarts: service.maxRestarts }),
  };
}

interface ProcessParts {
  readonly command: readonly string[];
  /** Sorted by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in it that are the process's own: `run` lets the others through for everyone. */
  readonly own: readonly string[];
  readonly probe: { readonly [key: string]: YamlValue } | undefined;
  readonly signal: number;
}

function partsOf(process: ProcessPlan): ProcessParts {
  const server = { environment: {}, own: [], signal: SIGNALS.term };
  if ("slot" in process) return slotParts(process);
  const { service } = process;
  switch (service.type) {
    case "caddy":
      return {
        ...server,
        command: [`${PATHS.bin}/caddy`, "run", "--config", PATHS.caddy],
        environment: { XDG_CONFIG_HOME: PATHS.caddyData, XDG_DATA_HOME: PATHS.caddyData },
        own: ["XDG_CONFIG_HOME", "XDG_DATA_HOME"],
        probe: startProbe(service, GUEST_PORTS.caddyChecks, "/healthz"),
      };
    case "nats":
      return {
        ...server,
        command: [`${PATHS.bin}/nats-server`, "-c", PATHS.nats],
        probe: startProbe(service, GUEST_PORTS.natsMonitoring, "/healthz?js-server-only=true"),
        signal: SIGNALS.lameDuck,
      };
    case "pocketbase":
      // PocketBase exits 0 on a flag it doesn't know, without serving: add none that isn't tested.
      return {
        ...server,
        ...backupParts(service.backup),
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
        probe: startProbe(service, GUEST_PORTS.pocketbase, "/api/health"),
      };
  }
}

/** For the image's hook, which makes them PocketBase's settings: the names of secrets, never their values. */
function backupParts(backup: BackupSpec | undefined): Partial<ProcessParts> {
  if (backup === undefined) return {};
  const { cron, maxKeep, s3 } = backup;
  const settings = JSON.stringify({ cron, maxKeep, ...(s3 === undefined ? {} : { s3 }) });
  return { environment: { POCKETBASE_BACKUP: settings }, own: ["POCKETBASE_BACKUP"] };
}

function slotParts(slot: SlotPlan): ProcessParts {
  const { name, service, ports, natsUrl, pocketbaseUrl } = slot;
  const numbers = Object.entries(ports);
  const only = numbers.length === 1 ? numbers[0]?.[1] : undefined;
  const given: Record<string, string> = {
    ...slot.environment,
    BIND_ADDRESS: "[::]",
    FLOTILLA_SLOT: name,
    ...(natsUrl === undefined ? {} : { NATS_URL: natsUrl }),
    ...(pocketbaseUrl === undefined ? {} : { POCKETBASE_URL: pocketbaseUrl }),
    ...(only === undefined ? {} : { PORT: String(only) }),
    ...Object.fromEntries(
      numbers.map(([port, number]) => [`PORT_${environmentName(port)}`, String(number)]),
    ),
  };
  const environment = Object.fromEntries(
    Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const own = Object.keys(slot.environment);
  return {
    command: service.command,
    own,
    environment,
    probe: slotProbe(slot, environment, own),
    signal: SIGNALS.term,
  };
}

function slotProbe(
  slot: SlotPlan,
  environment: Readonly<Record<string, string>>,
  own: readonly string[],
): ProcessParts["probe"] {
  const { probe } = slot.service;
  if (probe?.exec !== undefined)
    return execProbe(probe, {
      command: probe.exec.command,
      workingDir: slot.service.workingDir,
      environment,
      keep: keepList(slot, own),
    });
  const port = probe?.http === undefined ? undefined : slot.ports[probe.http.port];
  if (probe?.http === undefined || port === undefined) return undefined;
  return httpProbe(port, probe.http.path, probe);
}
