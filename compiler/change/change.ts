/**
 * What a spec change does, as plain data: `flotilla plan --json` prints exactly this. Texts are plain sentences without
 * markup; whoever shows them decides how they look.
 */
export interface FleetChange {
  readonly version: 1;
  /** `nothing`: there was no earlier spec, or none that compiles; then everything counts as new. */
  readonly before: "spec" | "nothing";
  /** Every stack of either side, in the order they are to be run. */
  readonly stacks: readonly StackChange[];
  readonly secrets: SecretsChange;
  /** Which visitors get another database, one sentence each. */
  readonly visitors: readonly string[];
  readonly time: LeastTime;
  readonly price: PriceChange;
  /** What only the real state could tell, one sentence each. */
  readonly unknown: readonly string[];
}

export interface StackChange {
  readonly stack: string;
  /** `new`: the stack has to be created first; `left`: its region left the spec. */
  readonly presence: "kept" | "new" | "left";
  /** Commands in their order; empty where nothing changes. */
  readonly commands: readonly string[];
  /** What the engine shows: `pulumi preview`, for a stack that left `pulumi destroy`. Sorted by name. */
  readonly operations: readonly Operation[];
  readonly hosts: readonly HostChange[];
  readonly volumes: readonly VolumeChange[];
  readonly records: readonly RecordChange[];
  readonly certificate: CertificateChange | undefined;
  /** The check of the rendered files runs again. */
  readonly checks: boolean;
  /** Data services that pause, one sentence each. */
  readonly pauses: readonly string[];
  /** What the engine will refuse, one sentence each: the change can't be applied as it is. */
  readonly refused: readonly string[];
  /** Differences that cause no operation, one sentence each. */
  readonly notes: readonly string[];
}

export interface Operation {
  readonly stack: string;
  readonly op: "create" | "update" | "replace" | "delete";
  /** Pulumi's logical name, e.g. `iad-0-machine`. */
  readonly name: string;
  /** `preview` lists it because an input can't be known before; an `up` has nothing to do. */
  readonly previewOnly?: true;
  /** It is needed only if this holds, which the specs can't tell. */
  readonly onlyIf?: string;
}

export type HostEffect =
  /** A new Machine that runs. */
  | "create"
  /** A new warm host: created, stopped, out of the load balancer. */
  | "create-stopped"
  | "start"
  | "stop"
  /** Slots go on or off while the host runs: no reboot, no new version. */
  | "switch"
  | "reboot"
  /** The configuration of a stopped host is written; nothing boots. */
  | "rewrite"
  /** A volume can't be attached or detached otherwise: the Machine is destroyed and created again; its data is kept. */
  | "recreate"
  /** Another app: destroyed there, created here. */
  | "replace"
  | "destroy";

export interface HostChange {
  readonly host: string;
  readonly effect: HostEffect;
  /** Parts of its Machine that differ, in the order of a Machine's configuration; empty for `create` and `destroy`. */
  readonly reasons: readonly Reason[];
  /** Slots of `local` services switched on or off here. */
  readonly switched: readonly Switch[];
  /** Names of services that come to the host or leave it. */
  readonly comes: readonly string[];
  readonly leaves: readonly string[];
}

export interface Reason {
  /**
   * `state`, `image`, `size`, `env`, `active` (how many slots are on at boot), `file`, `secrets`, `certificate`, `volume`,
   * or another part of Fly's Machine config.
   */
  readonly part: string;
  /** E.g. `memory 512 MB → 1024 MB` or `/flotilla/etc/caddy.json: +3 −1 lines`. */
  readonly text: string;
  /** Some of the lines that differ, each once, `- …` before `+ …`; files only. */
  readonly lines?: readonly string[];
}

export interface Switch {
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

export interface VolumeChange {
  readonly volume: string;
  readonly host: string;
  /** `keep`: its host goes, the volume and its data stay, and cost, until `flotilla volumes prune`. */
  readonly effect: "create" | "grow" | "keep";
  readonly fromGb: number;
  readonly toGb: number;
}

export interface RecordChange {
  readonly name: string;
  readonly effect: "create" | "update" | "delete";
}

export interface CertificateChange {
  /** Generations of the Origin CA certificate; undefined where there is none: before, or with Fly's own certificates. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** What the new side's certificates are for. */
  readonly hostnames: readonly string[];
  readonly text: string;
}

export interface SecretsChange {
  /** Secrets that a service names for the first time and that `global` doesn't make: they must be set. */
  readonly added: readonly string[];
  /** Secrets that no service names any more. */
  readonly removed: readonly string[];
}

export interface LeastTime {
  /** A lower bound, never a forecast. */
  readonly seconds: number;
  readonly byStack: Readonly<Record<string, number>>;
  readonly assumptions: readonly string[];
}

export interface PriceChange {
  /** Always an estimate: list prices of a day, no discounts, no traffic. */
  readonly estimate: true;
  readonly currency: "USD";
  /** Per 30 days. */
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  readonly asOf: string;
  readonly source: string;
  /** What the figure leaves out or assumes. */
  readonly notes: readonly string[];
}
