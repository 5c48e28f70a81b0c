/** Rewrites a config as Fly does before it stores and echoes it. A naive diff reports each of these rewrites as a change. */
import { formatDuration, parseDuration } from "../../machines/duration.ts";
import type { CheckConfigInput, EchoedCheck, EchoedConfig, ConfigInput } from "./schema.ts";
import { invalidArgument } from "../wire/errors.ts";

/** @throws FlyApiError (400) for a value that Fly refuses */
export function normalizeConfig(input: ConfigInput): EchoedConfig {
  const { services, checks, stop_config, size, ...rest } = input;
  if (!rest.image) throw invalidArgument("config.image is required");
  return {
    ...rest,
    init: rest.init ?? {},
    guest: normalizeGuest(rest.guest, size),
    restart: { ...rest.restart, policy: rest.restart?.policy ?? "on-failure" },
    dns: rest["dns"] ?? {},
    ...(services && {
      services: services.map(({ checks: own, autostop, ...service }) => ({
        ...service,
        force_instance_key: service["force_instance_key"] ?? null,
        ...(autostop !== undefined && { autostop: echoAutostop(autostop) }),
        ...(own && { checks: own.map(normalizeCheck) }),
      })),
    }),
    ...(checks && {
      checks: Object.fromEntries(
        Object.entries(checks).map(([name, check]) => [name, normalizeCheck(check)]),
      ),
    }),
    ...(stop_config && {
      stop_config: {
        ...(stop_config.signal !== undefined && { signal: stop_config.signal }),
        ...(stop_config.timeout !== undefined && {
          timeout: echoDuration(stop_config.timeout, "stop_config.timeout"),
        }),
      },
    }),
  };
}

function echoAutostop(autostop: boolean | string): boolean | "suspend" {
  if (autostop === "suspend") return "suspend";
  return autostop === true || autostop === "stop";
}

function normalizeCheck({
  interval,
  timeout,
  grace_period,
  ...check
}: CheckConfigInput): EchoedCheck {
  return {
    ...check,
    ...(interval !== undefined && { interval: echoDuration(interval, "interval") }),
    ...(timeout !== undefined && { timeout: echoDuration(timeout, "timeout") }),
    ...(grace_period !== undefined && { grace_period: echoDuration(grace_period, "grace_period") }),
  };
}

function echoDuration(value: string | number, field: string): string {
  const nanoseconds = parseDuration(value);
  if (nanoseconds === undefined) {
    throw invalidArgument(`${field}: time: invalid duration ${JSON.stringify(value)}`);
  }
  return formatDuration(nanoseconds);
}

/** CPU counts and memory per CPU in MB: low, high, step (flyctl: internal/machine/update.go). */
const KINDS = {
  shared: { cpus: [1, 2, 4, 6, 8], low: 256, high: 2048, step: 256 },
  performance: {
    cpus: [1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64, 128],
    low: 2048,
    high: 8192,
    step: 1024,
  },
} as const;

function normalizeGuest(
  guest: ConfigInput["guest"],
  size: string | undefined,
): NonNullable<EchoedConfig["guest"]> {
  const preset = /^(shared|performance)(?:-cpu)?-(\d+)x$/.exec(size ?? "");
  const kind = guest?.cpu_kind ?? (preset?.[1] === "performance" ? "performance" : "shared");
  const limits = KINDS[kind];
  const cpus = guest?.cpus ?? Number(preset?.[2] ?? 1);
  const memory = guest?.memory_mb ?? limits.low * cpus;
  if (!limits.cpus.some((count) => count === cpus)) {
    throw invalidArgument(
      `invalid config.guest.cpus, ${kind} machines have ${limits.cpus.join(", ")}`,
    );
  }
  if (memory < limits.low * cpus || memory > limits.high * cpus || memory % limits.step !== 0) {
    throw invalidArgument(
      `invalid config.guest.memory_mb, must be ${limits.low * cpus} to ${limits.high * cpus} in steps of ${limits.step}`,
    );
  }
  return { ...guest, cpu_kind: kind, cpus, memory_mb: memory };
}
