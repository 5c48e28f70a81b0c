import type { Service } from "../model/spec.ts";
import { PATHS } from "../catalog/guest-paths.ts";
import { escapeText } from "./process-compose-text.ts";
import type { YamlValue } from "./yaml-writer.ts";

interface ProbeTimes {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

type Probe = { readonly [key: string]: YamlValue };

const PERIOD_SECONDS = 2;

/** A server's: the start must fit into period × failures, as a probe that gives up stops the process. */
export function startProbe(service: Service, port: number, path: string): Probe {
  return httpProbe(port, path, {
    periodSeconds: PERIOD_SECONDS,
    timeoutSeconds: 2,
    failureThreshold: Math.ceil(service.startTimeoutSeconds / PERIOD_SECONDS),
  });
}

export function httpProbe(port: number, path: string, times: ProbeTimes): Probe {
  return {
    http_get: { host: "127.0.0.1", scheme: "http", port: String(port), path: escapeText(path) },
    ...renderTimes(times),
  };
}

/**
 * A program. Process Compose starts it through the shell, in its own environment and not the process's: so it gets
 * the process's here, and `run` takes away all secrets but the process's.
 */
export function execProbe(
  times: ProbeTimes,
  {
    command,
    workingDir,
    environment,
    keep,
  }: {
    readonly command: readonly string[];
    readonly workingDir: string | undefined;
    readonly environment: Readonly<Record<string, string>>;
    readonly keep: string;
  },
): Probe {
  const words = [
    ...Object.entries(environment).map(([name, value]) => `${name}=${quoteForShell(value)}`),
    "exec",
    ...[PATHS.run, keep, "--", ...command].map(quoteForShell),
  ];
  const folder = workingDir === undefined ? {} : { working_dir: escapeText(workingDir) };
  return { exec: { command: escapeText(words.join(" ")), ...folder }, ...renderTimes(times) };
}

function renderTimes(times: ProbeTimes): Probe {
  return {
    ...(times.initialDelaySeconds === undefined || times.initialDelaySeconds === 0
      ? {}
      : { initial_delay_seconds: times.initialDelaySeconds }),
    period_seconds: times.periodSeconds,
    timeout_seconds: times.timeoutSeconds,
    failure_threshold: times.failureThreshold,
  };
}

/** One word of POSIX sh, whatever is in it. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
