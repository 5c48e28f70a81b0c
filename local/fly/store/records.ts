/** The records of the API. Times are RFC 3339 strings, as in most of Fly's JSON, unless the name says otherwise. */
import type { GuestCheckResult } from "../../machines/runner.ts";
import type { EchoedConfig } from "../machine-config/schema.ts";

export interface AppRecord {
  readonly id: string;
  readonly name: string;
  /** A second, numeric id, which GraphQL shows. */
  readonly internal_numeric_id: number;
  readonly organization: string;
  readonly network: string;
  readonly created_at: string;
  readonly idempotency_key?: string | undefined;
  /** Order of creation in this cloud: part of its Machines' addresses. */
  readonly index: number;
  /** Reads see it from then on; milliseconds since 1970. */
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
  /** What the latest request asks for: the job that settles the Machine, and a restarted cloud, bring it about. */
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
  /** The next boot takes so many milliseconds longer. */
  boot_delay_ms?: number | undefined;
  /** The version to which the current update will be reverted. */
  reverts_to?: Pick<MachineRecord, "config" | "instance_id" | "versions"> | undefined;
  host_away?: HostAway | undefined;
}

/** An outage of the Machine's host: meanwhile the API shows the Machine as it was last seen. */
export interface HostAway {
  /** Milliseconds since 1970. */
  readonly until_ms: number;
  /** The Machine comes back on the version before, even when it was destroyed meanwhile. */
  readonly returns_old: boolean;
  /** `desired` of the Machine when the outage began. */
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
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly request?: object | undefined;
}

export interface LeaseRecord {
  readonly nonce: string;
  readonly owner: string;
  readonly description: string;
  /** Milliseconds since 1970. */
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
  /** State when it was last written; `volumeState` computes the present one. */
  state: "created" | "hydrating" | "restoring" | "pending_destroy";
  /** When `hydrating` or `restoring` ends; milliseconds since 1970. */
  settled_at_ms?: number | undefined;
  /** When it was deleted; milliseconds since 1970. */
  deleted_at_ms?: number | undefined;
  /** Hosts of one zone may fail together. */
  readonly zone?: string;
  size_gb: number;
  snapshot_retention: number;
  auto_backup_enabled: boolean;
  attached_machine_id: string | null;
  /** Its host is unreachable until then; milliseconds since 1970. */
  host_away_until_ms?: number | undefined;
  snapshots: readonly SnapshotRecord[];
}

/** A snapshot of a volume; its data is a copy under the snapshot's id. */
export interface SnapshotRecord {
  readonly id: string;
  readonly created_at: string;
  readonly size_gb: number;
  readonly retention_days: number;
}

export interface SecretRecord {
  readonly app: string;
  readonly name: string;
  /** Keyed hash of the value: shows that it changed, without revealing it. */
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

/** A token for one app (POST deploy_token). Only its hash is kept. */
export interface TokenRecord {
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
  readonly app: string;
  /** Milliseconds since 1970. */
  readonly expires_at_ms: number;
}

/** A hostname of an app. https://fly.io/docs/machines/api/certificates-resource */
export interface CertificateRecord {
  readonly app: string;
  readonly hostname: string;
  readonly created_at: string;
  acme_requested: boolean;
  /** When DNS was first seen set up correctly; milliseconds since 1970. */
  validated_at_ms?: number | undefined;
  custom?: { readonly expires_at: string; readonly type: "rsa" | "ecdsa" } | undefined;
}
