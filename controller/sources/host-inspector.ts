/** What runs inside the hosts, asked no more often than needed: drift detection and metrics share the answers. */
import type { Clock } from "../../lib/clock.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";

export interface Inspection {
  readonly processes: readonly ObservedProcess[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When the host was inspected before: CPU shares cover the time in between. */
  readonly before: number | undefined;
}

export type InspectHost = (
  app: string,
  host: { readonly id: string; readonly name: string },
) => Promise<readonly ObservedProcess[]>;

export interface HostInspector {
  /** Returns an inspection no older than `maxAgeMs`. Throws what Fly's exec call throws. */
  inspect(app: string, host: ObservedHost, maxAgeMs: number): Promise<Inspection>;
  /** Drops the inspections of a region's hosts: after a run they are outdated. */
  forget(region: string): void;
}

export function createHostInspector(inspectHost: InspectHost, clock: Clock): HostInspector {
  const known = new Map<string, Inspection>();
  const pending = new Map<string, Promise<Inspection>>();

  async function ask(app: string, host: ObservedHost): Promise<Inspection> {
    const processes = await inspectHost(app, host);
    const inspection = { processes, at: clock.now(), before: known.get(host.name)?.at };
    known.set(host.name, inspection);
    return inspection;
  }

  return {
    async inspect(app, host, maxAgeMs) {
      const last = known.get(host.name);
      if (last !== undefined && clock.now() - last.at <= maxAgeMs) return last;
      const asking = pending.get(host.name) ?? ask(app, host);
      pending.set(host.name, asking);
      return asking.finally(() => pending.delete(host.name));
    },
    forget(region) {
      for (const name of known.keys()) if (name.startsWith(`${region}-`)) known.delete(name);
    },
  };
}
