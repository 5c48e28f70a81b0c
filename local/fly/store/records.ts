/** What the API remembers. Times are RFC 3339 strings, as most of Fly's JSON has them, unless the name says otherwise. */
import type { GuestCheckResult } from "../../machines/runner.ts";
import type { EchoedConfig } from "../machine-config/schema.ts";

export interface AppRecord {
  readonly id: string;
  readonly name: string;
  /** A number of Fly's own that GraphQL shows. */
  readonly internal_numeric_id: number;
  readonly organization: string;
  readonly network: string;
  readonly created_at: string;
  readonly idempotency_key?: string | undefined;
  /** Order of creation in this cloud: part of its Machines' addresses. */
  readonly index: number;
  /** Milliseconds since the epoch from which reads see it. */
  readonly visible_at_ms: number;
  secrets_version: number;
}

/** https://fly.io/docs/machines/machine-states */
export type MachineState =
  | "created"
  | "starting"
  | "started"
  | "stopping"
  | "stopped"
  | "restarting"
  | "replacing"
  | "suspending"
  | "suspended"
  | "destroying"
  | "destroyed"
  | "failed";

export interface MachineRecord {
  readonly id: string;
  readonly app: string;
  readonly name: string;
  readonly region: string;
  readonly created_at: string;
  readonly host_index: number;
  readonly address: string;
  readonly visible_at_ms: number;
  state: MachineState;
  /** What it should be after the cloud itself was restarted. */
  desired: "started" | "stopped" | "suspended" | "destroyed";
  instance_id: string;
  updated_at: string;
  config: EchoedConfig;
  cordoned: boolean;
  checks: readonly TimedCheck[];
  /** Newest first. */
  events: readonly MachineEvent[];
  /** Newest first. */
  versions: readonly { readonly version: string; readonly user_config: EchoedConfig }[];
  restart_count: number;
  lease?: LeaseRecord | undefined;
  /** Milliseconds that its next boot takes longer. */
  boot_delay_ms?: number | undefined;
  /** What an update that won't hold goes back to. */
  reverts_to?: Pick<MachineRecord, "config" | "instance_id" | "versions"> | undefined;
  host_away?: HostAway | undefined;
}

/** While a host can't be reached, what is on it stays as it was last seen. */
export interface HostAway {
  /** Milliseconds since the epoch. */
  readonly until_ms: number;
  /** Comes back on the version before, and even when it was destroyed meanwhile. */
  readonly returns_old: boolean;
  /** What it should have been when the host went away. */
  readonly desired: MachineRecord["desired"];
}

export interface TimedCheck extends GuestCheckResult {
  readonly updated_at: string;
}

export interface MachineEvent {
  readonly id: string;
  readonly type:
    | "launch"
    | "start"
    | "stop"
    | "restart"
    | "suspend"
    | "exit"
    | "update"
    | "destroy"
    | "cordon"
    | "uncordon";
  readonly status: MachineState;
  readonly source: "user" | "flyd";
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly request?: object | undefined;
}

export interface LeaseRecord {
  readonly nonce: string;
  readonly owner: string;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly expires_at_ms: number;
}

export interface VolumeRecord {
  readonly id: string;
  readonly app: string;
  readonly name: string;
  readonly region: string;
  readonly created_at: string;
  readonly encrypted: boolean;
  readonly fstype: string;
  /** As last written; `volumeState` tells what it is by now. */
  state: "created" | "hydrating" | "restoring" | "pending_destroy";
  /** When `hydrating` or `restoring` is over; milliseconds since the epoch. */
  settled_at_ms?: number | undefined;
  /** When it was deleted; milliseconds since the epoch. */
  deleted_at_ms?: number | undefined;
  /** Volumes of one zone are on hosts that may fail together. */
  readonly zone?: string;
  size_gb: number;
  snapshot_retention: number;
  auto_backup_enabled: boolean;
  attached_machine_id: string | null;
  /** Its host can't be reached until then; milliseconds since the epoch. */
  host_away_until_ms?: number | undefined;
  snapshots: readonly SnapshotRecord[];
}

/** Its data is a copy under the snapshot's id. */
export interface SnapshotRecord {
  readonly id: string;
  readonly created_at: string;
  readonly size_gb: number;
  readonly retention_days: number;
}

export interface SecretRecord {
  readonly app: string;
  readonly name: string;
  /** Keyed hash of the value: tells a change, gives nothing away. */
  readonly digest: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** AES-256-GCM, base64. */
  readonly sealed: string;
}

export interface AddressRecord {
  readonly app: string;
  readonly ip: string;
  readonly region: string;
  readonly shared: boolean;
  readonly created_at: string;
  readonly type: "v4" | "v6" | "shared_v4" | "private_v6" | "egress_v4" | "egress_v6";
  readonly service_name?: string;
  /** The private network of a Flycast address. */
  readonly network?: { readonly name: string; readonly org_slug: string };
}

/** A token for one app (POST deploy_token). Its text is never kept. */
export interface TokenRecord {
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
  readonly app: string;
  /** Milliseconds since the epoch. */
  readonly expires_at_ms: number;
}

/** A hostname of an app. https://fly.io/docs/machines/api/certificates-resource */
export interface CertificateRecord {
  readonly app: string;
  readonly hostname: string;
  readonly created_at: string;
  acme_requested: boolean;
  /** When DNS was first seen to be right; milliseconds since the epoch. */
  validated_at_ms?: number | undefined;
  custom?: { readonly expires_at: string; readonly type: "rsa" | "ecdsa" } | undefined;
}
