import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose, formatPosition, hasPath, writtenKeys } from "../../text/source.ts";
import { suggestion } from "../../text/suggest.ts";
import { probe as probeSchema } from "./probe-schema.ts";
import type { ProcessService } from "./service.ts";

const PROBE_KEYS: ReadonlySet<string> = new Set(Object.keys(probeSchema.shape));

/** E320, E329, E330, E335: when a process counts as started, and when it is started again. */
export function checkReadiness(service: ProcessService): Diagnostic[] {
  return [...checkProbe(service), ...checkRestart(service), ...checkStart(service)];
}

/** E320, E329: a probe asks one way, and a port that there is. */
function checkProbe({ source, probe, ports }: ProcessService): Diagnostic[] {
  if (probe === undefined) return [];
  if ((probe.http === undefined) === (probe.exec === undefined)) {
    // A key with a mistake has its own diagnostic, and so has an unknown one, which may stand for either.
    if (writtenKeys(source, ["readiness_probe"]).some((key) => !PROBE_KEYS.has(key))) return [];
    if (
      hasPath(source, ["readiness_probe", "http"]) !== hasPath(source, ["readiness_probe", "exec"])
    )
      return [];
    return [
      diagnose(source, {
        code: "E329",
        path: ["readiness_probe"],
        message: `the probe has ${probe.http === undefined ? "neither `http` nor `exec`" : "both `http` and `exec`"}`,
        hint: "Give it exactly one: `http: { port, path }`, or `exec: { command: […] }`.",
      }),
    ];
  }
  const { http } = probe;
  if (http === undefined || Object.hasOwn(ports, http.port)) return [];
  // Skip a port that has a diagnostic of its own: it was left out.
  if (hasPath(source, ["ports", http.port])) return [];
  return [
    diagnose(source, {
      code: "E320",
      path: ["readiness_probe", "http", "port"],
      message: `there is no port \`${http.port}\``,
      hint:
        Object.keys(ports).length === 0
          ? "Add `ports: { http: 9100 }`."
          : suggestion(http.port, Object.keys(ports)),
    }),
  ];
}

/** E330: restart rules that contradict each other. */
function checkRestart({ source, probe, restart }: ProcessService): Diagnostic[] {
  const { policy, maxRestarts } = restart;
  if (policy !== "always" && probe !== undefined)
    return [
      diagnose(source, {
        code: "E330",
        path: ["restart"],
        message: `\`restart: ${policy}\` leaves a process down that its readiness probe has stopped`,
        hint: "Use `restart: always`, or remove `readiness_probe`.",
      }),
    ];
  if (policy !== "no") return [];
  return ["max_restarts", "restart_delay"]
    .filter((key) => hasPath(source, [key]) && (key !== "max_restarts" || maxRestarts > 0))
    .map((key) =>
      diagnose(source, {
        code: "E330",
        path: [key],
        anchor: "key",
        message: `\`${key}\` says nothing where \`restart\` is \`no\``,
        hint: "Remove it, or use `restart: on-failure`.",
      }),
    );
}

/** E335: `start_timeout` counts failures of the probe. */
function checkStart({ source, startTimeoutSeconds, probe }: ProcessService): Diagnostic[] {
  if (!hasPath(source, ["start_timeout"])) return [];
  const wrong = (
    message: string,
    hint: string,
    anchor: "key" | "value" = "value",
  ): Diagnostic[] => [
    diagnose(source, { code: "E335", path: ["start_timeout"], anchor, message, hint }),
  ];
  if (probe === undefined)
    return hasPath(source, ["readiness_probe"])
      ? []
      : wrong(
          "`start_timeout` needs a `readiness_probe`: nothing else tells when it has started",
          "Add a probe, or remove it.",
          "key",
        );
  const threshold = ["readiness_probe", "failure_threshold"];
  if (hasPath(source, threshold))
    return wrong(
      `\`failure_threshold\` says it too: ${formatPosition(source, threshold, "key")}`,
      "Keep one of the two.",
      "key",
    );
  if (startTimeoutSeconds >= probe.initialDelaySeconds + probe.periodSeconds) return [];
  return wrong(
    `the first probe comes after ${probe.initialDelaySeconds + probe.periodSeconds} s, and ${startTimeoutSeconds} s would be over`,
    "Raise it, or lower the probe's `initial_delay` and `period`.",
  );
}
