/** Watches the hosts: one list call per app and interval finds what was changed by hand. */
import { instantOf } from "../model/shapes.ts";
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { findDrift } from "../fleet/drift.ts";
import type { Applied } from "../model/run.ts";
import type { Deviation } from "../model/status.ts";
import type { StoreChange } from "../store/store.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Inspector } from "../sources/host-inspector.ts";
import type { Intervals } from "./loop.ts";

export interface Seen {
  readonly hosts: readonly ObservedHost[];
  readonly at: string;
}

export interface WatchRequest {
  readonly app: string;
  readonly stacks: readonly string[];
  /** Stacks with a run on its way: their hosts change, and that is no drift. */
  readonly busy: ReadonlySet<string>;
  readonly applied: ReadonlyMap<string, Applied>;
  /** What the last run brought about; undefined where something else should run by now. */
  readonly desired: (stack: string, applied: Applied) => RegionDesired | undefined;
}

export interface HostWatcher {
  /** @returns what is to be noted of it */
  watchWhenDue(order: WatchRequest): Promise<readonly StoreChange[]>;
  seen(stack: string): Seen | undefined;
  /** Deviations that looks over a while have seen: lists lag behind. */
  drift(stack: string): readonly Deviation[];
  /** After a run: look again at once. */
  forget(stack: string): void;
  /** Milliseconds since 1970. */
  nextAt(): number;
}

export function createHostWatcher(ports: {
  readonly observe: (app: string) => Promise<readonly ObservedHost[]>;
  readonly inspector: Inspector;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervals: Intervals;
}): HostWatcher {
  const { observe, inspector, clock, log, intervals } = ports;
  const seen = new Map<string, Seen>();
  /** Per stack: since when each deviation is seen, by its key. */
  const suspected = new Map<string, ReadonlyMap<string, number>>();
  const found = new Map<string, readonly Deviation[]>();
  let nextAt = 0;
  /** Counts the runs that ended: a list from before one says nothing about after it. */
  let epoch = 0;

  async function watch(order: WatchRequest): Promise<readonly StoreChange[]> {
    const began = epoch;
    const hosts = await observe(order.app);
    // A run that ended meanwhile has changed them.
    if (began !== epoch) return [];
    const at = instantOf(clock.now());
    const changes: StoreChange[] = [];
    let isDoubtful = false;
    for (const stack of order.stacks) {
      const own = hosts.filter((host) => host.region === stack);
      seen.set(stack, { hosts: own, at });
      const applied = order.applied.get(stack);
      const desired = applied?.certain === true ? order.desired(stack, applied) : undefined;
      if (order.busy.has(stack) || applied === undefined || desired === undefined) {
        suspected.delete(stack);
        found.delete(stack);
        continue;
      }
      const now = findDrift(desired, own, applied.versions, await inside(order.app, desired, own));
      const before = suspected.get(stack);
      const since = new Map(now.map(({ key }) => [key, before?.get(key) ?? Date.parse(at)]));
      suspected.set(stack, since);
      const sure = now.filter(
        ({ key }) => Date.parse(at) - (since.get(key) ?? 0) >= intervals.confirmMs,
      );
      isDoubtful ||= sure.length < now.length;
      changes.push(...noteDrift(stack, sure, at));
    }
    if (isDoubtful) nextAt = Math.min(nextAt, clock.now() + intervals.confirmMs);
    return changes;
  }

  /** What runs inside the hosts with slots; of one that doesn't say nothing is known. */
  async function inside(
    app: string,
    desired: RegionDesired,
    hosts: readonly ObservedHost[],
  ): Promise<ReadonlyMap<string, readonly ObservedProcess[]>> {
    const withSlots = new Set(
      desired.hosts.filter(({ active }) => Object.keys(active).length > 0).map(({ name }) => name),
    );
    const asked = hosts.filter(({ name, state }) => state === "started" && withSlots.has(name));
    const answers = await Promise.all(
      asked.map(async (host) => {
        try {
          const maxAgeMs = suspected.get(desired.stack)?.size ? 0 : intervals.slotsMs;
          return [[host.name, (await inspector.look(app, host, maxAgeMs)).processes] as const];
        } catch (error) {
          log.debug({ host: host.name, err: error }, "it doesn't say what runs in it");
          return [];
        }
      }),
    );
    return new Map(answers.flat());
  }

  function noteDrift(stack: string, sure: readonly Deviation[], at: string): StoreChange[] {
    const before = found.get(stack) ?? [];
    found.set(stack, sure);
    const isIn = (list: readonly Deviation[], { key }: Deviation): boolean =>
      list.some((each) => each.key === key);
    const came = sure.filter((each) => !isIn(before, each));
    const went = before.filter((each) => !isIn(sure, each));
    for (const { text } of came) log.warn({ stack }, `drift: ${text}`);
    return [
      ...came.map((each): StoreChange => ({
        add: "event",
        event: { at, type: "drift.found", data: { stack, ...each } },
      })),
      ...went.map((each): StoreChange => ({
        add: "event",
        event: { at, type: "drift.gone", data: { stack, ...each } },
      })),
    ];
  }

  return {
    async watchWhenDue(order) {
      if (clock.now() < nextAt) return [];
      nextAt = clock.now() + intervals.driftMs;
      try {
        return await watch(order);
      } catch (error) {
        log.warn(
          { error: error instanceof Error ? error.message : String(error) },
          "the hosts can't be listed",
        );
        return [];
      }
    },
    seen: (stack) => seen.get(stack),
    drift: (stack) => found.get(stack) ?? [],
    forget(stack) {
      epoch += 1;
      inspector.forget(stack);
      suspected.delete(stack);
      found.delete(stack);
      nextAt = 0;
    },
    nextAt: () => nextAt,
  };
}
