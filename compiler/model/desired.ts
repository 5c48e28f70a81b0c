import type { AutoscaleSpec } from "./autoscale.ts";
import type { MachineConfig, MachineFile, SlotCounts } from "./machine-config.ts";

/**
 * What the compiler hands on: the desired state of one Pulumi stack as plain JSON, byte for byte the same for
 * the same specs, signals and time. `components/` knows nothing else of the compiler.
 */
export type Desired = GlobalDesired | RegionDesired;

/** Stack `global`: what all regions share. */
export interface GlobalDesired {
  readonly version: 1;
  readonly kind: "global";
  readonly stack: "global";
  readonly fleet: string;
  readonly app: AppDesired;
  /** Fly address types to hold: the dedicated IPv6 that TLS passthrough needs, and the free shared IPv4. */
  readonly addresses: readonly ("v6" | "shared_v4")[];
  readonly certificate: CertificateDesired;
  /** Names of the NATS users whose nkeys `global` makes once, e.g. `app`. */
  readonly nkeys: readonly string[];
  /** Names of the passwords `global` makes once, e.g. `POCKETBASE_WORKER_PASSWORD`; each is the app secret's name too. */
  readonly passwords: readonly string[];
  /** Secrets the operator must set in `flotilla:secrets`: everything a spec names that `global` doesn't make. */
  readonly secrets: readonly string[];
  readonly dns: DnsDesired;
}

export interface AppDesired {
  readonly name: string;
  readonly organization: string;
}

export type CertificateDesired = OriginCertificateDesired | FlyCertificatesDesired;

/** One certificate that all Caddies serve. */
export interface OriginCertificateDesired {
  readonly mode: "origin-cert";
  /** In the logical name, because every argument of an Origin CA certificate replaces it and deleting one revokes it. */
  readonly generation: number;
  /** The zone and its wildcard. */
  readonly hostnames: readonly string[];
  readonly validityDays: number;
}

/** Fly holds a certificate of its own for each of the hostnames, sorted; no host has any. */
export interface FlyCertificatesDesired {
  readonly mode: "fly-edge";
  readonly hostnames: readonly string[];
}

export interface DnsDesired {
  readonly zone: string;
  readonly records: readonly DnsRecordDesired[];
}

export type DnsRecordDesired = AddressRecordDesired | OwnershipRecordDesired;

/** To the app: AAAA to its dedicated IPv6; A to its shared IPv4, for visitors who don't come through Cloudflare. */
export interface AddressRecordDesired {
  /** The stable part of the logical name. */
  readonly key: string;
  readonly name: string;
  readonly type: "AAAA" | "A";
  readonly proxied: boolean;
  /** The region that answers, wherever the visitor enters; absent: the nearest does. */
  readonly region?: string;
}

/** Tells Fly that the hostname is the app's, so that it gets a certificate for it. Its content is Fly's to say. */
export interface OwnershipRecordDesired {
  readonly key: string;
  /** `_fly-ownership.<hostname>`. */
  readonly name: string;
  readonly type: "TXT";
  readonly hostname: string;
}

/** Stack of one region: its hosts and volumes. */
export interface RegionDesired {
  readonly version: 1;
  readonly kind: "region";
  readonly stack: string;
  readonly region: string;
  readonly fleet: string;
  readonly app: AppDesired;
  readonly hosts: readonly HostDesired[];
  readonly services: readonly ServiceStatusDesired[];
  readonly deviations: readonly DeviationDesired[];
  readonly rollout: RolloutDesired;
  /** What the check of the rendered files needs besides them. */
  readonly check: CheckDesired;
}

/** How changes reach the hosts of a region: the first alone, then as many at once as may be away. */
export interface RolloutDesired {
  readonly maxUnavailable: number;
  /** How long a changed host must keep passing its checks before it counts as healthy and the next one changes. */
  readonly minHealthySeconds: number;
  /** How long a host may take from its start to passing checks. */
  readonly healthTimeoutSeconds: number;
  readonly onFailure: "rollback";
}

/** One host: one Fly Machine running one Process Compose project. */
export interface HostDesired {
  /** `iad-0`: Machine name, metadata `host`, logical name. */
  readonly name: string;
  readonly region: string;
  /** Hosts beyond the effective count are stopped and cordoned. */
  readonly state: "started" | "stopped";
  /** Only data hosts have one. */
  readonly volume?: { readonly name: string; readonly sizeGb: number };
  /** Slots that the host has, on or off, per `local` service. */
  readonly slots: SlotCounts;
  /** Slots that are on, per `local` service; `{worker: 2}` means worker-0 and worker-1. */
  readonly active: SlotCounts;
  /** Text files of the guest, sorted by path. Never counts: they change only by a reboot. */
  readonly files: readonly MachineFile[];
  /** For the image's entry script, `env` repeats `slots` as `FLOTILLA_SLOTS` and `active` as `ACTIVE_*`. */
  readonly config: MachineConfig;
  /** App secrets this host reads, as file or environment, sorted: a changed digest of one of them updates the Machine. */
  readonly secrets: readonly string[];
}

export interface ServiceStatusDesired {
  readonly name: string;
  /** Name of its service type. */
  readonly type: string;
  readonly strategy: "infra" | "local";
  readonly scalable: boolean;
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  readonly effective: number;
  readonly controls: ControlsDesired;
  /** What the controller needs to recommend a count; absent: the spec asks for none. */
  readonly autoscale?: AutoscaleSpec;
}

/** Who may change the count of a service in this region: an edit of the spec always, the others where it is granted. */
export interface ControlsDesired {
  readonly spec: ControlDesired;
  readonly burst: ControlDesired;
  readonly autoscale: ControlDesired;
}

/** `why` is for people. */
export type ControlDesired =
  | { readonly offered: true }
  | { readonly offered: false; readonly why: string };

/**
 * A difference between what the spec says, what a signal asks for and what runs, with its cause: `bounds` where a
 * signal asked for more or less than the spec lets it. `effective` may then be just what the spec says.
 */
export interface DeviationDesired {
  readonly service: string;
  readonly region: string;
  readonly replicas: number;
  readonly effective: number;
  readonly cause: "burst" | "metric" | "bounds";
  /** Who started the burst. Absent when a metric is what decides. */
  readonly author?: string;
  /** The reason that the burst or the recommendation gives. */
  readonly reason: string;
  /** With `bounds`: which signal asked for how many, and the bound it ran into. */
  readonly limited?: {
    readonly signal: "burst" | "metric";
    readonly asked: number;
    readonly bound: { readonly name: "min" | "max"; readonly value: number };
  };
  readonly until: string;
  /** What decides the count at `until`, if no signal is added. `spec`: the spec's own count. */
  readonly then: {
    readonly count: number;
    readonly cause: "spec" | "burst" | "metric" | "bounds";
  };
}

/** What the check of a region's rendered files needs: the files, and the programs that read them. */
export interface CheckDesired {
  /** Host → guest path → text, of one host of each shape: the files of the others differ by the host's name only. */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The program that reads a file, by the file's guest path. */
  readonly checkers: Readonly<Record<string, CheckerDesired>>;
  /** Names of the app secrets that get a dummy value: public nkeys and seeds have a form the servers check. */
  readonly secrets: readonly string[];
  /** Environment the entry script would set: slots. */
  readonly env: Readonly<Record<string, string>>;
}

/** The program that reads a rendered file, and how it is asked whether it accepts the file. */
export interface CheckerDesired {
  /** Its name in the toolchain. */
  readonly program: string;
  /** Arguments of a run that reads the file and ends; exit code 0 accepts the file. */
  readonly args: readonly string[];
  /**
   * Arguments of a start, and the words of the log line that says the server is ready: for a server whose start refuses
   * files that its reading run accepts.
   */
  readonly start?: { readonly args: readonly string[]; readonly ready: string };
  /** The program reads a variable that isn't set as empty, without an error, so the check has to find it. */
  readonly readsUnsetAsEmpty?: true;
}
