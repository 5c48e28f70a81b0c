/**
 * The checked part of Fly's Machine config. Unknown fields pass and are echoed, as on Fly.
 * Source of the shape: https://docs.machines.dev (fly.MachineConfig).
 */
import { z } from "zod";

const duration = z.union([z.string(), z.number()]);

const check = z.looseObject({
  type: z.enum(["http", "tcp"]),
  port: z.int().min(1).max(65535).optional(),
  /** For a top-level check: `readiness` affects routing, `informational` doesn't. */
  kind: z.string().optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  grace_period: duration.optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  protocol: z.string().optional(),
  tls_skip_verify: z.boolean().optional(),
  headers: z
    .array(z.looseObject({ name: z.string(), values: z.array(z.string()).default([]) }))
    .optional(),
});

const service = z.looseObject({
  protocol: z.enum(["tcp", "udp"]),
  internal_port: z.int().min(1).max(65535),
  autostart: z.boolean().optional(),
  autostop: z.union([z.boolean(), z.enum(["off", "stop", "suspend"])]).optional(),
  min_machines_running: z.int().min(0).optional(),
  ports: z
    .array(
      z.looseObject({
        port: z.int().optional(),
        handlers: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  checks: z.array(check).optional(),
  concurrency: z
    .looseObject({
      type: z.string().optional(),
      soft_limit: z.number().optional(),
      hard_limit: z.number().optional(),
    })
    .optional(),
});

const file = z.looseObject({
  guest_path: z.string().startsWith("/"),
  raw_value: z.base64().optional(),
  secret_name: z.string().optional(),
  mode: z.int().optional(),
});

export const machineConfigSchema = z.looseObject({
  image: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  init: z
    .looseObject({
      exec: z.array(z.string()).optional(),
      entrypoint: z.array(z.string()).optional(),
      cmd: z.array(z.string()).optional(),
    })
    .optional(),
  guest: z
    .looseObject({
      cpu_kind: z.enum(["shared", "performance"]).optional(),
      cpus: z.int().optional(),
      memory_mb: z.int().optional(),
    })
    .optional(),
  size: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  mounts: z
    .array(z.looseObject({ volume: z.string(), path: z.string().startsWith("/") }))
    .max(1, "only one mount per machine is supported")
    .optional(),
  services: z.array(service).optional(),
  checks: z.record(z.string(), check).optional(),
  files: z.array(file).optional(),
  restart: z
    .looseObject({
      policy: z.enum(["no", "on-failure", "on-fail", "always", "spot-price"]).optional(),
      max_retries: z.int().optional(),
    })
    .optional(),
  stop_config: z
    .looseObject({ signal: z.string().optional(), timeout: duration.optional() })
    .optional(),
  auto_destroy: z.boolean().optional(),
});

export type ConfigInput = z.infer<typeof machineConfigSchema>;

type Input = ConfigInput;

/** A config as Fly echoes it: durations are strings, `autostop` is a bool or `"suspend"`. Unknown fields are kept. */
export interface EchoedConfig {
  readonly image?: string | undefined;
  readonly env?: Input["env"];
  readonly init: NonNullable<Input["init"]>;
  readonly guest: NonNullable<Input["guest"]>;
  readonly metadata?: Input["metadata"];
  readonly mounts?: Input["mounts"];
  readonly services?: readonly EchoedService[];
  readonly checks?: Readonly<Record<string, EchoedCheck>>;
  readonly files?: Input["files"];
  readonly restart: NonNullable<Input["restart"]>;
  readonly stop_config?: { readonly signal?: string; readonly timeout?: string };
  readonly auto_destroy?: boolean | undefined;
  readonly dns: unknown;
}

interface EchoedService {
  readonly protocol: string;
  readonly internal_port: number;
  readonly force_instance_key: unknown;
  readonly autostart?: boolean | undefined;
  readonly autostop?: boolean | "suspend";
  readonly ports?: z.infer<typeof service>["ports"];
  readonly checks?: readonly EchoedCheck[];
  readonly concurrency?: z.infer<typeof service>["concurrency"];
}

export interface EchoedCheck extends Pick<
  CheckConfigInput,
  "type" | "port" | "kind" | "method" | "path" | "protocol" | "tls_skip_verify" | "headers"
> {
  readonly interval?: string;
  readonly timeout?: string;
  readonly grace_period?: string;
}

export type CheckConfigInput = z.infer<typeof check>;
