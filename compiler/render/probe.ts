import { shellQuote } from "../../lib/shell-quote.ts";
import { GUEST_PATHS } from "../catalog/guest-paths.ts";
import type { ProbeTimes, Program, ProgramProbe } from "../services/service-type.ts";
import { escapeText } from "./escape.ts";
import type { YamlValue } from "./yaml-writer.ts";

type Probe = { readonly [key: string]: YamlValue };

/**
 * Renders a readiness probe. Process Compose starts a probe's program through the shell, in its own environment and not
 * the process's: so it gets the process's here, and `run` takes away all secrets but those in `visible`.
 */
export function renderProbe(
  probe: ProgramProbe,
  { environment, workingDir }: Pick<Program, "environment" | "workingDir">,
  visible: string,
): Probe {
  if (probe.kind === "http") return { http_get: httpGet(probe), ...renderTimes(probe.times) };
  const words = [
    ...Object.entries(environment).map(([name, value]) => `${name}=${shellQuote(value)}`),
    "exec",
    ...[GUEST_PATHS.run, visible, "--", ...probe.command].map(shellQuote),
  ];
  const folder = workingDir === undefined ? {} : { working_dir: escapeText(workingDir) };
  return {
    exec: { command: escapeText(words.join(" ")), ...folder },
    ...renderTimes(probe.times),
  };
}

function httpGet({ port, path }: { readonly port: number; readonly path: string }): Probe {
  return { host: "127.0.0.1", scheme: "http", port: String(port), path: escapeText(path) };
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
