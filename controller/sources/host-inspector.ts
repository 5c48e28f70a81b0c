/** What runs inside the hosts, asked no more often than needed: the watcher and the metrics share the answers. */
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import type { Clock } from "../../lib/clock.ts";

export interface Inspection {
  readonly processes: readonly ObservedProcess[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of the answer before this one: shares of a core are over the time in between. */
  readonly before: number | undefined;
}

export type Inspect = (
  app: string,
  host: { readonly id: string; readonly name: string },
) => Promise<readonly ObservedProcess[]>;

export interface Inspector {
  /** An answer no older than that. Throws what the host's Fly says. */
  look(app: string, host: ObservedHost, maxAgeMs: number): Promise<Inspection>;
  /** After a run: what was seen before says nothing. */
  forget(region: string): void;
}

export function createInspector(inspect: Inspect, clock: Clock): Inspector {
  const known = new Map<string, Inspection>();
  const going = new Map<string, Promise<Inspection>>();

  async function ask(app: string, host: ObservedHost): Promise<Inspection> {
    const processes = await inspect(app, host);
    const inspection = {
      processes,
      at: clock.now(),
      before: known.get(host.name)?.at,
    };
    known.set(host.name, inspection);
    return inspection;
  }

  return {
    async look(app, host, maxAgeMs) {
      const last = known.get(host.name);
      if (last !== undefined && clock.now() - last.at <= maxAgeMs) return last;
      const asking = going.get(host.name) ?? ask(app, host);
      going.set(host.name, asking);
      return asking.finally(() => going.delete(host.name));
    },
    forget(region) {
      for (const name of known.keys()) if (name.startsWith(`${region}-`)) known.delete(name);
    },
  };
}
