import { GUEST_PATHS } from "../catalog/guest-paths.ts";
import { environmentName } from "../model/names.ts";
import type { ProcessPlan, SlotPlan } from "../model/plan.ts";
import type { RestartSpec } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import { escapeDollar, escapeText } from "./escape.ts";
import { renderProbe } from "./probe.ts";
import { environmentSecrets } from "./secrets.ts";
import { yamlText } from "./yaml-writer.ts";
import type { YamlValue } from "./yaml-writer.ts";

const RESTART = { always: "always", "on-failure": "on_failure", no: "no" } as const;

/** Returns the first lines of a host's Process Compose project: its name, which has no backslash and no dollar in it. */
export function projectHead(fleet: string, host: string): string {
  return yamlText({ version: "0.5", name: `${fleet}-${host}` });
}

/** The lines before the processes. */
export const PROJECT_SETTINGS = yamlText({
  is_strict: true,
  is_tui_disabled: true,
  ordered_shutdown: true,
  shell: { shell_command: "/bin/sh", shell_argument: "-c" },
});

/**
 * Joins the texts of a host's processes: the same on every host of one shape. Every slot of every local service is in it;
 * `is_disabled` decides from the environment which are on, so that another count changes no file.
 * Source: https://f1bonacc1.github.io/process-compose/
 */
export function projectBody(processTexts: readonly string[]): string {
  if (processTexts.length === 0) return `${PROJECT_SETTINGS}processes: {}\n`;
  return `${PROJECT_SETTINGS}processes:\n${processTexts.join("")}`;
}

/** Returns one process of a project. Backslashes are doubled: envsubst, which reads the whole file first, halves them. */
export function renderProcess(types: ServiceTypes, process: ProcessPlan): string {
  const mapping = { [process.name]: processMapping(types, process) };
  return yamlText(mapping, "  ").replaceAll("\\\\", "\\\\\\\\");
}

/** `DISABLED_WORKER_0`: the image's entry script sets it. */
export function disabledName({ service, slot }: SlotPlan): string {
  return `DISABLED_${environmentName(service.name)}_${slot}`;
}

/** Whether the process is a slot that is switched on and off while its host runs. */
export function isSwitched(process: ProcessPlan): process is SlotPlan {
  return process.kind === "slot" && process.service.isLocal;
}

function processMapping(
  types: ServiceTypes,
  process: ProcessPlan,
): { readonly [key: string]: YamlValue } {
  const { service } = process;
  const program = typeOf(types, service).program(process);
  const visible = visibleNames([...program.own, ...environmentSecrets(types, process)]);
  const environment = Object.entries(program.environment);
  return {
    entrypoint: [GUEST_PATHS.run, visible, "--", ...program.command].map(escapeDollar),
    ...(program.workingDir === undefined ? {} : { working_dir: escapeText(program.workingDir) }),
    ...(isSwitched(process) ? { is_disabled: `\${${disabledName(process)}}` } : {}),
    ...(environment.length === 0
      ? {}
      : { environment: environment.map(([name, value]) => escapeText(`${name}=${value}`)) }),
    ...(process.dependsOn.length === 0
      ? {}
      : {
          depends_on: Object.fromEntries(
            process.dependsOn.map(({ name, condition }) => [name, { condition }]),
          ),
        }),
    availability: availability(service.restart),
    ...(program.probe === undefined
      ? {}
      : { readiness_probe: renderProbe(program.probe, program, visible) }),
    shutdown: { signal: program.stopSignal, timeout_seconds: service.stopTimeoutSeconds },
  };
}

/** Names that `run` lets through to the process besides those for everyone; `-` stands for none. */
function visibleNames(names: readonly string[]): string {
  const sorted = [...new Set(names)].sort();
  return sorted.length === 0 ? "-" : sorted.join(",");
}

/** Servers are always restarted: they exit 0 when a failed probe stops them. */
function availability(restart: RestartSpec): { readonly [key: string]: YamlValue } {
  return {
    restart: RESTART[restart.policy],
    backoff_seconds: restart.delaySeconds,
    ...(restart.maxRestarts === 0 ? {} : { max_restarts: restart.maxRestarts }),
  };
}
