/**
 * The configuration of a host's Machine: what the compiler renders, the Pulumi resource takes and the provider sends
 * to Fly. `components/` and `providers/fly/` import this file of the compiler and no other, so it imports only zod.
 *
 * Field names are Fly's (snake_case), since the configuration goes to the API as it is; durations are written as Go
 * writes them (`1m0s`). Objects are loose: a state that another version of flotilla wrote keeps members that this
 * version doesn't know. Every member that isn't optional has been written by every version, so all states parse.
 * Source: https://fly.io/docs/machines/api/machines-resource/
 */
import { z } from "zod";

/** The declared members of `T`, read-only at every depth: without the index signature of a loose object. */
export type Declared<T> = T extends readonly (infer Item)[]
  ? readonly Declared<Item>[]
  : T extends object
    ? {
        readonly [Key in keyof T as IsUndeclared<Key, T> extends true ? never : Key]: Declared<
          T[Key]
        >;
      }
    : T;

type IsUndeclared<Key, T> = string extends Key
  ? unknown extends T[Key & keyof T]
    ? true
    : false
  : false;

const checkShape = z.looseObject({
  type: z.enum(["http", "tcp"]),
  port: z.number(),
  path: z.string().optional(),
  interval: z.string(),
  timeout: z.string(),
  grace_period: z.string(),
});

const serviceShape = z.looseObject({
  protocol: z.literal("tcp"),
  internal_port: z.number(),
  autostart: z.boolean(),
  autostop: z.enum(["off", "stop"]),
  min_machines_running: z.number(),
  ports: z.array(
    z.looseObject({
      port: z.number(),
      handlers: z.array(z.string()),
      /** Fly answers plain HTTP with a redirect to HTTPS. */
      force_https: z.literal(true).optional(),
    }),
  ),
  checks: z.array(checkShape),
  concurrency: z
    .looseObject({
      type: z.enum(["connections", "requests"]),
      soft_limit: z.number(),
      hard_limit: z.number().optional(),
    })
    .optional(),
});

/** Fly's Machine configuration without `files` and `mounts`, which the provider adds. */
export const machineConfigShape = z.looseObject({
  image: z.string(),
  env: z.record(z.string(), z.string()),
  guest: z.looseObject({
    cpu_kind: z.enum(["shared", "performance"]),
    cpus: z.number(),
    memory_mb: z.number(),
  }),
  metadata: z.record(z.string(), z.string()),
  services: z.array(serviceShape),
  checks: z.record(z.string(), checkShape),
  restart: z.looseObject({ policy: z.literal("always") }),
  stop_config: z.looseObject({ signal: z.literal("SIGTERM"), timeout: z.string() }),
  metrics: z.looseObject({ port: z.number(), path: z.string() }).optional(),
});

/** A file in the guest: its text, or the app secret (with base64 content) that it comes from. */
export const machineFileShape = z.union([
  z.looseObject({ path: z.string(), text: z.string() }),
  z.looseObject({ path: z.string(), secret: z.string(), mode: z.number() }),
]);

/** Counts of slots per `local` service: `{worker: 2}` means worker-0 and worker-1. */
export const slotCountsShape = z.record(z.string(), z.number());

export type MachineConfig = Declared<z.infer<typeof machineConfigShape>>;
export type MachineService = MachineConfig["services"][number];
export type MachineCheck = MachineService["checks"][number];
export type MachineFile = Declared<z.infer<typeof machineFileShape>>;
export type SlotCounts = Declared<z.infer<typeof slotCountsShape>>;
