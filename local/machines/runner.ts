/** The interface between the API's state machine and what runs Machines: processes, or a simulation of them. */

export interface MachineRunner {
  readonly kind: "simulated" | "process";
  /**
   * Boots a stopped Machine from its configuration, with a fresh root each time. Resolves when it is started.
   *
   * @throws with a sentence for people, when it can't be started
   */
  start(guest: Guest, watcher: MachineWatcher): Promise<void>;
  /** Signals the Machine's entry process, waits for its end or the timeout, then kills what is left. Idempotent. */
  stop(id: string, how: { signal: string; timeoutMs: number }): Promise<Exit>;
  /** Signals the entry process; returns false when the Machine doesn't run. */
  signal(id: string, signal: string): boolean;
  /** Runs a command inside a started Machine; undefined when the Machine doesn't run. */
  exec(id: string, request: ExecRequest): Promise<ExecResult | undefined>;
  processes(id: string): Promise<readonly ProcessInfo[]>;
  /** Stops the Machine and deletes its root. */
  remove(id: string): Promise<void>;
  removeVolume(volume: string): Promise<void>;
  /** Copies a volume's present data; the copy of a volume that was never mounted is empty. */
  copyVolume(from: string, to: string): Promise<void>;
  /** Suspends a started Machine with its memory; returns false when this runner can't. */
  suspend(id: string): boolean;
  /** Resumes a suspended Machine. */
  resume(id: string): void;
  /** Kills the processes of these Machines that an earlier run of the cloud, itself killed, left behind. */
  recover(ids: readonly string[]): Promise<void>;
}

/** A Machine as a runner gets it. */
export interface Guest {
  readonly app: string;
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly instanceId: string;
  /** The address that `127.0.0.1` and `[::]` are translated to. */
  readonly address: string;
  readonly config: GuestConfig;
  /** App secrets, decrypted. A secret wins over an `env` entry of the same name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Returns the address of a `*.internal` name, or undefined when it can never have one. */
  readonly resolve: (name: string) => string | undefined;
}

/** The part of Fly's Machine config that runners act on. Durations are Go's (`1m0s`). */
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
  /** Receives the results of all checks whenever one of them changes. */
  onChecks(checks: readonly GuestCheckResult[]): void;
  /** The entry process ended without having been stopped. */
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
