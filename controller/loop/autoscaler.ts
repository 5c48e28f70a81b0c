/** Looks at the metrics of every service that its spec lets them scale, and writes down what they recommend. */
import { instantOf } from "../model/shapes.ts";
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import { decide } from "../autoscale/decide.ts";
import type { Reading } from "../autoscale/measurements.ts";
import { metricName, policyOf } from "../autoscale/policy.ts";
import type { Policy } from "../autoscale/policy.ts";
import { resumeAfterPause } from "../autoscale/history.ts";
import { metricSignal } from "../autoscale/signal.ts";
import { NOTHING_REMEMBERED, stateSchema } from "../autoscale/state.ts";
import type { AutoscaleState } from "../autoscale/state.ts";
import { pausedBetween, pauseOf } from "../fleet/pauses.ts";
import { carriersOf, currentCount } from "../fleet/status.ts";
import type { StackView } from "../fleet/status.ts";
import type { Pause } from "../model/pause.ts";
import type { ReadMetric } from "../sources/metric-reader.ts";
import type { StoreChange, StoredDecision, Store } from "../store/store.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Autoscaler {
  /** Looks where it is time to. @returns true when a recommendation is another */
  lookWhenDue(view: Snapshot): Promise<boolean>;
  /** Milliseconds since 1970. */
  nextAt(): number;
}

interface Lane {
  readonly view: StackView;
  readonly region: string;
  readonly service: RegionDesired["services"][number];
  readonly policy: Policy;
}

export function createAutoscaler(ports: {
  readonly store: Store;
  readonly readMetric: ReadMetric;
  readonly clock: Clock;
  readonly log: Logger;
}): Autoscaler {
  const { store, readMetric, clock, log } = ports;
  const dueAt = new Map<string, number>();

  async function look(
    lane: Lane,
    app: string,
    before: StoredDecision | undefined,
    pauses: readonly Pause[],
  ): Promise<boolean> {
    const { view, region, service, policy } = lane;
    const now = clock.now();
    const carriers = carriersOf(service, view.hosts, view.applied);
    const readings = await Promise.all(
      policy.metrics.map(async (metric): Promise<[string, Reading]> => [
        metricName(metric),
        await readMetric({
          app,
          service: service.name,
          metric,
          intervalSeconds: policy.intervalSeconds,
          hosts: view.hosts,
          carriers,
          now,
        }),
      ]),
    );
    const running =
      view.observedAt === undefined ? undefined : currentCount(service, view.hosts, view.applied);
    const at = clock.now();
    const state = stateOf(before, pauses, at);
    const decision = decide(
      state,
      { running, readings: Object.fromEntries(readings) },
      policy,
      at / 1_000,
    );
    const signal = metricSignal(service.name, region, decision);
    const noted: StoredDecision = {
      service: service.name,
      region,
      at: instantOf(at),
      count: signal?.count,
      reason: decision.reason,
      valid_until: signal?.valid_until,
      inputs: decision.inputs,
      state: decision.state,
    };
    const isAnother = before?.count !== noted.count;
    await store.commit([
      { put: "decision", decision: noted },
      ...(isAnother ? announce(noted, before, service.replicas) : []),
    ]);
    if (isAnother) log.info({ service: service.name, region, count: noted.count }, decision.reason);
    return isAnother;
  }

  return {
    async lookWhenDue(view) {
      if (view.head === undefined) return false;
      const now = clock.now();
      const decisions = await store.decisions();
      const lanes = lanesOf(view);
      const changed = [await silence(view, lanes, decisions)];
      for (const lane of lanes) {
        const key = keyOf(lane);
        if ((dueAt.get(key) ?? 0) > now) continue;
        dueAt.set(key, now + lane.policy.intervalSeconds * 1_000);
        const scope = { region: lane.region, service: lane.service.name };
        if (pauseOf(view.pauses, "autoscale", scope, now) !== undefined) continue;
        const before = decisions.find(
          ({ service, region }) => service === lane.service.name && region === lane.region,
        );
        changed.push(await look(lane, view.head.app, before, view.pausesSince));
      }
      return changed.includes(true);
    },
    nextAt: () => Math.min(Number.POSITIVE_INFINITY, ...dueAt.values()),
  };

  /** What the spec doesn't let metrics scale any more goes back to the spec at once. */
  async function silence(
    { stacks }: Snapshot,
    lanes: readonly Lane[],
    decisions: readonly StoredDecision[],
  ): Promise<boolean> {
    const kept = new Set(lanes.map(keyOf));
    for (const key of dueAt.keys()) if (!kept.has(key)) dueAt.delete(key);
    const unread = new Set(
      stacks.filter(({ desired }) => desired === undefined).map(({ decision }) => decision.stack),
    );
    const left = decisions.filter(
      ({ service, region, count }) =>
        count !== undefined && !kept.has(`${service} ${region}`) && !unread.has(region),
    );
    const at = instantOf(clock.now());
    for (const before of left) {
      const { service, region } = before;
      const reason = "the spec has no `autoscale` for it any more";
      const noted: StoredDecision = {
        service,
        region,
        at,
        reason,
        inputs: null,
        state: NOTHING_REMEMBERED,
      };
      await store.commit([
        { put: "decision", decision: noted },
        ...announce(noted, before, undefined),
      ]);
    }
    return left.length > 0;
  }
}

function lanesOf({ stacks }: Snapshot): Lane[] {
  return stacks.flatMap((view) =>
    (view.desired?.services ?? []).flatMap((service) => {
      const policy = policyOf(service);
      const region = view.desired?.region ?? "";
      return policy === undefined ? [] : [{ view, region, service, policy }];
    }),
  );
}

function keyOf({ service, region }: Lane): string {
  return `${service.name} ${region}`;
}

/** What the last look remembered, without the pauses since. */
function stateOf(
  before: StoredDecision | undefined,
  pauses: readonly Pause[],
  now: number,
): AutoscaleState {
  if (before === undefined) return NOTHING_REMEMBERED;
  const state = stateSchema.safeParse(before.state).data ?? NOTHING_REMEMBERED;
  const pausedMs = pausedBetween(pauses, before, Date.parse(before.at), now);
  return pausedMs === 0 ? state : resumeAfterPause(state, pausedMs / 1_000);
}

function announce(
  noted: StoredDecision,
  before: StoredDecision | undefined,
  replicas: number | undefined,
): StoreChange[] {
  const { service, region, at, count, reason, valid_until: until } = noted;
  const data = { service, region, reason, count, valid_until: until };
  return [
    { add: "event", event: { at, type: "decision", data } },
    {
      add: "audit",
      entry: {
        at,
        actor: "controller",
        action: "scale.metric",
        target: `${service} in ${region}`,
        reason,
        before: before?.count ?? replicas,
        after: { count: count ?? replicas, inputs: noted.inputs },
        result: "done",
        request: `metric-${service}-${region}`,
      },
    },
  ];
}
