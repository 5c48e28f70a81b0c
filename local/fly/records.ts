/** What the API remembers. Times are RFC 3339 strings, as most of Fly's JSON has them, unless the name says otherwise. */
import type { CheckResult } from "../machines/runner.ts";
import type { MachineConfig } from "./config-schema.ts";

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
  desired: "started" | "stopped" | "destroyed";
  instance_id: string;
  updated_at: string;
  config: MachineConfig;
  cordoned: boolean;
  checks: readonly TimedCheck[];
  /** Newest first. */
  events: readonly MachineEvent[];
  /** Newest first. */
  versions: readonly { readonly version: string; readonly user_config: MachineConfig }[];
  restart_count: number;
  lease?: LeaseRecord | undefined;
}

export interface TimedCheck extends CheckResult {
  readonly updated_at: string;
}

export interface MachineEvent {
  readonly id: string;
  readonly type:
    | "launch"
    | "start"
    | "stop"
    | "restart"
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
  state: "created" | "pending_destroy";
  size_gb: number;
  snapshot_retention: number;
  auto_backup_enabled: boolean;
  attached_machine_id: string | null;
  snapshots: readonly SnapshotRecord[];
}

/** A snapshot is only noted: the local cloud copies no data. */
interface SnapshotRecord {
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
  readonly type: "v4" | "v6" | "shared_v4" | "private_v6";
}
