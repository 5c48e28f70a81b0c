/**
 * Shapes of Fly's responses, as far as they are read here. Objects are loose and most fields optional, because the API
 * adds fields, sends null for unset ones and declares everything optional.
 * Source: docs.machines.dev (OpenAPI) and fly-go's flaps package.
 */
import { z } from "zod";

const text = z.string().nullish();

export const appWire = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: text,
  organization: z.looseObject({ slug: text, name: text }).nullish(),
});
export type AppWire = z.infer<typeof appWire>;

/** Response of the create call, which doesn't contain the name. */
export const appCreatedWire = z.looseObject({ id: text });

export const appListWire = z.looseObject({
  apps: z.array(z.looseObject({ id: text, name: text })).nullish(),
});

export const checkWire = z.looseObject({ name: z.string(), status: z.string(), output: text });
export type CheckWire = z.infer<typeof checkWire>;

const eventWire = z.looseObject({
  type: text,
  status: text,
  /** `user` or `flyd`. */
  source: text,
  /** Milliseconds since 1970. */
  timestamp: z.number().nullish(),
  request: z
    .looseObject({
      exit_event: z
        .looseObject({ exit_code: z.number().nullish(), oom_killed: z.boolean().nullish() })
        .nullish(),
    })
    .nullish(),
});

/** A Machine's `config`; null when its host can't be reached. Normalised in `machine/normal-form.ts`. */
const configWire = z.looseObject({
  image: text,
  env: z.record(z.string(), z.string()).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  mounts: z.array(z.looseObject({ volume: text, path: text })).nullish(),
});

export const machineWire = z.looseObject({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  region: z.string(),
  instance_id: text,
  private_ip: text,
  created_at: text,
  updated_at: text,
  host_status: text,
  cordoned: z.boolean().nullish(),
  config: configWire.nullish(),
  image_ref: z.looseObject({ registry: text, repository: text, tag: text, digest: text }).nullish(),
  checks: z.array(checkWire).nullish(),
  events: z.array(eventWire).nullish(),
});
export type MachineWire = z.infer<typeof machineWire>;

export const machineListWire = z.array(machineWire);

export const leaseWire = z.looseObject({ data: z.looseObject({ nonce: z.string() }) });

/** Result of a command in a Machine. The call succeeds even if the command failed. */
export const execWire = z.looseObject({
  exit_code: z.number().nullish(),
  stdout: text,
  stderr: text,
});

/** Response of `start`, which may report a failure in a 200. */
export const startedWire = z.looseObject({ status: text, message: text });

export const volumeWire = z.looseObject({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  size_gb: z.number(),
  region: z.string(),
  attached_machine_id: text,
  created_at: text,
});
export type VolumeWire = z.infer<typeof volumeWire>;

export const volumeListWire = z.array(volumeWire);

export const volumeExtendedWire = z.looseObject({
  volume: volumeWire.nullish(),
  needs_restart: z.boolean().nullish(),
});

export const ipAssignmentWire = z.looseObject({ ip: text, shared: z.boolean().nullish() });
export type IpAssignmentWire = z.infer<typeof ipAssignmentWire>;

export const ipListWire = z.looseObject({ ips: z.array(ipAssignmentWire).nullish() });

export const secretWire = z.looseObject({ name: z.string(), digest: text });

export const secretListWire = z.looseObject({ secrets: z.array(secretWire).nullish() });

/** Older responses spell the version `Version`. */
export const secretsWrittenWire = z.looseObject({
  secrets: z.array(secretWire).nullish(),
  version: z.number().nullish(),
  Version: z.number().nullish(),
});

export const certificateWire = z.looseObject({
  hostname: text,
  status: text,
  acme_requested: z.boolean().nullish(),
  certificates: z.array(z.looseObject({ source: text })).nullish(),
  dns_requirements: z.record(z.string(), z.unknown()).nullish(),
});
export type CertificateWire = z.infer<typeof certificateWire>;

export const errorWire = z.looseObject({ error: text, message: text, status: text });
