/** A Machine as the edge sees it: the part of Fly's JSON that Fly Proxy decides by. */

export interface EdgeMachine {
  readonly app: string;
  readonly id: string;
  readonly region: string;
  /** Loopback address its services listen on. */
  readonly address: string;
  readonly state: string;
  readonly cordoned: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string }[];
  readonly config: {
    readonly services?: readonly EdgeService[] | undefined;
    readonly checks?: Readonly<Record<string, { readonly kind?: unknown }>> | undefined;
    readonly env?: Readonly<Record<string, string>> | undefined;
  };
  /** There while its host can't be reached. */
  readonly host_away?: object | undefined;
}

export interface EdgeService {
  readonly internal_port: number;
  readonly autostart?: boolean | undefined;
  readonly autostop?: boolean | "suspend" | undefined;
  readonly min_machines_running?: number | undefined;
  readonly ports?:
    | readonly {
        readonly port?: number | undefined;
        readonly handlers?: readonly string[] | undefined;
      }[]
    | undefined;
  readonly concurrency?:
    | { readonly soft_limit?: number | undefined; readonly hard_limit?: number | undefined }
    | undefined;
}

/** Where a connection for port 443 of a Machine goes. */
export interface EdgeTarget {
  readonly machine: EdgeMachine;
  readonly port: number;
  readonly handlers: readonly string[];
  readonly softLimit: number;
  readonly hardLimit: number;
  /** Whether Fly Proxy may start it. */
  readonly autostart: boolean;
}

/** Fly's, where a service doesn't say (docs: reference/configuration). */
const DEFAULT_SOFT_LIMIT = 20;

const PUBLIC_PORT = 443;
/** Fly's names for the checks of services; other checks are for information unless they say `kind: readiness`. */
const SERVICE_CHECK = /^servicecheck-/;

/** The Machine's service behind public port 443, if it has one. */
export function targetOf(machine: EdgeMachine): EdgeTarget | undefined {
  for (const service of machine.config.services ?? []) {
    const port = service.ports?.find((candidate) => candidate.port === PUBLIC_PORT);
    if (!port) continue;
    return {
      machine,
      port: service.internal_port,
      handlers: port.handlers ?? [],
      softLimit: service.concurrency?.soft_limit ?? DEFAULT_SOFT_LIMIT,
      hardLimit: service.concurrency?.hard_limit ?? Number.POSITIVE_INFINITY,
      autostart: service.autostart === true,
    };
  }
  return undefined;
}

/** Whether Fly Proxy would send it anything: started, not cordoned, every check that counts passing. */
export function isRoutable(machine: EdgeMachine): boolean {
  const counts = (name: string) =>
    SERVICE_CHECK.test(name) || machine.config.checks?.[name]?.kind === "readiness";
  return (
    machine.state === "started" &&
    !machine.cordoned &&
    machine.host_away === undefined &&
    machine.checks.every(({ name, status }) => status === "passing" || !counts(name))
  );
}
