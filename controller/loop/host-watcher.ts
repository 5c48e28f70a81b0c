/** Watches the hosts: one list call per app and interval finds what was changed by hand. */
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { Clock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import { findDrift } from "../fleet/drift.ts";
import type { Applied } from "../model/run.ts";
import { instantOf } from "../model/shapes.ts";
import type { Deviation } from "../model/status.ts";
import type { HostInspector } from "../sources/host-inspector.ts";
import type { StoreChange } from "../store/store.ts";
import type { Intervals } from "./intervals.ts";

/** The hosts of a region, as the last list showed them. */
export interface SeenHosts {
  readonly hosts: readonly ObservedHost[];
  readonly at: string;
}

export interface WatchRequest {
  readonly app: string;
  readonly stacks: readonly string[];
  /** Stacks with a run in progress: their hosts change, and that is no drift. */
  readonly busy: ReadonlySet<string>;
  readonly applied: ReadonlyMap<string, Applied>;
  /** The last applied state; undefined where another state is desired by now. */
  readonly desired: (stack: string, applied: Applied) => RegionDesired | undefined;
}

export interface HostWatcher {
  /** Lists the hosts if the interval has passed. @returns the events to store */
  watchWhenDue(request: WatchRequest): Promise<readonly StoreChange[]>;
  seen(stack: string): SeenHosts | undefined;
  /** Drift that was seen for `confirmMs`, as Fly's lists lag behind. */
  drift(stack: string): readonly Deviation[];
  /** Drops what was seen before a run of the stack ended, so that the next step lists the hosts again. */
  forget(stack: string): void;
  /** Milliseconds since 1970. */
  nextAt(): number;
}

export function createHostWatcher(ports: {
  readonly observe: (app: string) => Promise<readonly ObservedHost[]>;
  readonly inspector: HostInspector;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervals: Intervals;
}): HostWatcher {
  const { observe, inspector, clock, log, intervals } = ports;
  const seen = new Map<string, SeenHosts>();
  /** Per stack: since when each deviation is seen, by its key. */
  const suspected = new Map<string, ReadonlyMap<string, number>>();
  const confirmed = new Map<string, readonly Deviation[]>();
  let nextAt = 0;
  /** Counts the runs that ended: a list from before a run says nothing about the hosts after it. */
  let epoch = 0;

  async function watch(request: WatchRequest): Promise<readonly StoreChange[]> {
    const began = epoch;
    const hosts = await observe(request.app);
    if (began !== epoch) return [];
    const now = clock.now();
    const changes: StoreChange[] = [];
    let isUnconfirmed = false;
    for (const stack of request.stacks) {
      const own = hosts.filter((host) => host.region === stack);
      seen.set(stack, { hosts: own, at: instantOf(now) });
      const applied = request.applied.get(stack);
      const desired = applied?.certain === true ? request.desired(stack, applied) : undefined;
      if (request.busy.has(stack) || applied === undefined || desired === undefined) {
        suspected.delete(stack);
        confirmed.delete(stack);
        continue;
      }
      const inside = await inspect(request.app, desired, own);
      const found = findDrift(desired, own, applied.versions, inside);
      const lasting = lastingOf(stack, found, now);
      isUnconfirmed ||= lasting.length < found.length;
      changes.push(...confirm(stack, lasting, instantOf(now)));
    }
    if (isUnconfirmed) nextAt = Math.min(nextAt, clock.now() + intervals.confirmMs);
    return changes;
  }

  /** The deviations that have been seen for `confirmMs`. */
  function lastingOf(stack: string, found: readonly Deviation[], now: number): Deviation[] {
    const before = suspected.get(stack);
    const since = new Map(found.map(({ key }) => [key, before?.get(key) ?? now]));
    suspected.set(stack, since);
    return found.filter(({ key }) => now - (since.get(key) ?? now) >= intervals.confirmMs);
  }

  /** What runs inside the hosts that have slots. A host that can't be inspected is left out. */
  async function inspect(
    app: string,
    desired: RegionDesired,
    hosts: readonly ObservedHost[],
  ): Promise<ReadonlyMap<string, readonly ObservedProcess[]>> {
    const withSlots = new Set(
      desired.hosts.filter(({ active }) => Object.keys(active).length > 0).map(({ name }) => name),
    );
    const started = hosts.filter(({ name, state }) => state === "started" && withSlots.has(name));
    const maxAgeMs = suspected.get(desired.stack)?.size ? 0 : intervals.slotsMs;
    const answers = await Promise.all(
      started.map(async (host) => {
        try {
          const { processes } = await inspector.inspect(app, host, maxAgeMs);
          return [[host.name, processes] as const];
        } catch (error) {
          log.debug({ host: host.name, err: error }, "host inspection failed");
          return [];
        }
      }),
    );
    return new Map(answers.flat());
  }

  function confirm(stack: string, lasting: readonly Deviation[], at: string): StoreChange[] {
    const before = confirmed.get(stack) ?? [];
    confirmed.set(stack, lasting);
    const found = lasting.filter((each) => !hasKey(before, each));
    const gone = before.filter((each) => !hasKey(lasting, each));
    for (const { key, host, text } of found) log.warn({ stack, host, key, text }, "drift found");
    for (const { key, host } of gone) log.info({ stack, host, key }, "drift gone");
    return [
      ...found.map((each) => driftEvent("drift.found", stack, each, at)),
      ...gone.map((each) => driftEvent("drift.gone", stack, each, at)),
    ];
  }

  return {
    async watchWhenDue(request) {
      if (clock.now() < nextAt) return [];
      nextAt = clock.now() + intervals.driftMs;
      try {
        return await watch(request);
      } catch (error) {
        log.warn({ app: request.app, error: messageOf(error) }, "host list failed");
        return [];
      }
    },
    seen: (stack) => seen.get(stack),
    drift: (stack) => confirmed.get(stack) ?? [],
    forget(stack) {
      epoch += 1;
      inspector.forget(stack);
      suspected.delete(stack);
      confirmed.delete(stack);
      nextAt = 0;
    },
    nextAt: () => nextAt,
  };
}

function hasKey(deviations: readonly Deviation[], { key }: Deviation): boolean {
  return deviations.some((each) => each.key === key);
}

function driftEvent(
  type: "drift.found" | "drift.gone",
  stack: string,
  deviation: Deviation,
  at: string,
): StoreChange {
  return { add: "event", event: { at, type, data: { stack, ...deviation } } };
}
