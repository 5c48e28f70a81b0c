/** A Machine as the edge sees it: the part of Fly's JSON that decides about routing. */

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
  /** Present while its host can't be reached. */
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

/** The service of a Machine that takes the connections for port 443. */
export interface EdgeTarget {
  readonly machine: EdgeMachine;
  readonly port: number;
  readonly handlers: readonly string[];
  readonly softLimit: number;
  readonly hardLimit: number;
  /** Whether Fly Proxy may start it. */
  readonly autostart: boolean;
}

/** Fly's default (docs: reference/configuration). */
const DEFAULT_SOFT_LIMIT = 20;

const PUBLIC_PORT = 443;
/** Fly's names for the checks of services. Other checks affect routing only with `kind: readiness`. */
const SERVICE_CHECK = /^servicecheck-/;

/** Returns the Machine's service behind public port 443, if it has one. */
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

/** Returns whether Fly Proxy routes to the Machine: started, not cordoned, host reachable, every routing check passing. */
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
