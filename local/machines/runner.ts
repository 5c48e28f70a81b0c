/** What runs a Machine: the seam between the API's state machine and processes (or their simulation). */

export interface MachineRunner {
  readonly kind: "simulated" | "process";
  /**
   * Boots a stopped Machine from its configuration; a fresh root each time. Resolves when it is started.
   * Rejects, with a sentence for people, when it can't be.
   */
  start(guest: Guest, watcher: MachineWatcher): Promise<void>;
  /** Signals the Machine's entry process, waits, then ends whatever is left of it. Stopping twice is fine. */
  stop(id: string, how: { signal: string; timeoutMs: number }): Promise<Exit>;
  /** False when nothing runs. */
  signal(id: string, signal: string): boolean;
  /** Runs a command inside a started Machine; undefined when nothing runs. */
  exec(id: string, request: ExecRequest): Promise<ExecResult | undefined>;
  processes(id: string): Promise<readonly ProcessInfo[]>;
  /** Forgets the root of a stopped Machine. */
  remove(id: string): Promise<void>;
  removeVolume(volume: string): Promise<void>;
  /** Copies a volume's data, as it is at this moment; an empty one when there is none. */
  copyVolume(from: string, to: string): Promise<void>;
  /** Freezes a started Machine with its memory; false when this kind can't. */
  suspend(id: string): boolean;
  /** Lets a frozen one go on. */
  resume(id: string): void;
  /** Ends what an earlier run of the cloud, killed, left behind of these Machines. */
  recover(ids: readonly string[]): Promise<void>;
}

/** A Machine as a runner sees it. */
export interface Guest {
  readonly app: string;
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly instanceId: string;
  /** What `127.0.0.1` and `[::]` mean for it. */
  readonly address: string;
  readonly config: GuestConfig;
  /** App secrets, decrypted. Win over `env` of the same name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Address of a `*.internal` name, or undefined when it can never have one. */
  readonly resolve: (name: string) => string | undefined;
}

/** The part of Fly's Machine config that a runner obeys. Durations are Go's (`1m0s`). */
export interface GuestConfig {
  readonly image?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly init?:
    | {
        readonly exec?: readonly string[] | undefined;
        readonly entrypoint?: readonly string[] | undefined;
        readonly cmd?: readonly string[] | undefined;
      }
    | undefined;
  readonly files?: readonly GuestFile[] | undefined;
  readonly mounts?: readonly { readonly volume: string; readonly path: string }[] | undefined;
  readonly services?:
    | readonly {
        readonly internal_port: number;
        readonly checks?: readonly GuestCheck[] | undefined;
      }[]
    | undefined;
  readonly checks?: Readonly<Record<string, GuestCheck>> | undefined;
}

export interface GuestFile {
  readonly guest_path: string;
  /** Base64. */
  readonly raw_value?: string | undefined;
  /** Name of an app secret that holds base64. */
  readonly secret_name?: string | undefined;
  /** Default: 0o644. */
  readonly mode?: number | undefined;
}

export interface GuestCheck {
  readonly type: string;
  /** Default: the service's `internal_port`. */
  readonly port?: number | undefined;
  readonly interval?: string | undefined;
  readonly timeout?: string | undefined;
  readonly grace_period?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly protocol?: string | undefined;
  readonly tls_skip_verify?: boolean | undefined;
  readonly headers?:
    | readonly { readonly name: string; readonly values: readonly string[] }[]
    | undefined;
}

export interface MachineWatcher {
  /** All checks of the Machine, whenever one of them changes. */
  onChecks(checks: readonly GuestCheckResult[]): void;
  /** The entry process ended without having been told to. */
  onExit(exit: Exit): void;
}

export interface GuestCheckResult {
  readonly name: string;
  readonly status: "passing" | "warning" | "critical";
  readonly output: string;
}

export interface Exit {
  readonly exitCode: number;
  /** Number of the signal that ended it; -1 for none, as Fly writes it. */
  readonly signal: number;
  readonly requested: boolean;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly stdin: string;
  readonly timeoutMs: number;
}

export interface ExecResult {
  readonly exit_code: number;
  readonly exit_signal: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProcessInfo {
  readonly pid: number;
  readonly command: string;
}
