/** Reads the metrics of every service that the spec lets metrics scale, and stores the recommended counts. */
import type { Logger } from "pino";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { Clock } from "../../lib/clock.ts";
import { decide, signalOf } from "../autoscale/decide.ts";
import { resumeAfterPause } from "../autoscale/history.ts";
import type { Measurements, Reading } from "../autoscale/measurements.ts";
import { metricName, policyOf } from "../autoscale/policy.ts";
import type { Policy } from "../autoscale/policy.ts";
import { NOTHING_REMEMBERED, stateSchema } from "../autoscale/state.ts";
import type { AutoscaleState } from "../autoscale/state.ts";
import { pausedBetween, pauseOf } from "../fleet/pauses.ts";
import { carriersOf, currentCount } from "../fleet/replica-count.ts";
import type { StackView } from "../fleet/status.ts";
import type { Pause } from "../model/pause.ts";
import { instantOf } from "../model/shapes.ts";
import type { ReadMetric } from "../sources/metric-sources.ts";
import type { Store, StoreChange, StoredDecision } from "../store/store.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Autoscaler {
  /** Reads the metrics of each service whose interval has passed, and stores what they recommend. */
  scaleWhenDue(snapshot: Snapshot): Promise<void>;
  /** Milliseconds since 1970. */
  nextAt(): number;
}

/** A service in one region that metrics may scale. */
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

  async function scale(
    lane: Lane,
    app: string,
    before: StoredDecision | undefined,
    pauses: readonly Pause[],
  ): Promise<void> {
    const { region, service, policy } = lane;
    const measurements = await measure(lane, app);
    const now = clock.now();
    const state = stateOf(before, pauses, now);
    const decision = decide(state, measurements, policy, now / 1_000);
    const signal = signalOf(service.name, region, decision);
    const decided: StoredDecision = {
      service: service.name,
      region,
      at: instantOf(now),
      count: signal?.count,
      reason: decision.reason,
      valid_until: signal?.valid_until,
      inputs: decision.inputs,
      state: decision.state,
    };
    const isChanged = before?.count !== decided.count;
    await store.commit([
      { put: "decision", decision: decided },
      ...(isChanged ? announce(decided, before, service.replicas) : []),
    ]);
    const { count, reason } = decided;
    if (isChanged) log.info({ service: service.name, region, count, reason }, "scaling decision");
  }

  async function measure({ view, service, policy }: Lane, app: string): Promise<Measurements> {
    const { hosts, applied, observedAt } = view;
    const request = {
      app,
      service: service.name,
      intervalSeconds: policy.intervalSeconds,
      hosts,
      carriers: carriersOf(service, hosts, applied),
      now: clock.now(),
    };
    const readings = await Promise.all(
      policy.metrics.map(async (metric): Promise<[string, Reading]> => [
        metricName(metric),
        await readMetric({ ...request, metric }),
      ]),
    );
    return {
      running: observedAt === undefined ? undefined : currentCount(service, hosts, applied),
      readings: Object.fromEntries(readings),
    };
  }

  /** Withdraws the recommendations for services that the spec no longer lets metrics scale. */
  async function withdraw(
    { stacks }: Snapshot,
    lanes: readonly Lane[],
    decisions: readonly StoredDecision[],
  ): Promise<void> {
    const scaled = new Set(lanes.map(keyOf));
    for (const key of dueAt.keys()) if (!scaled.has(key)) dueAt.delete(key);
    const unknown = new Set(
      stacks.filter(({ desired }) => desired === undefined).map(({ decision }) => decision.stack),
    );
    const withdrawn = decisions.filter(
      ({ service, region, count }) =>
        count !== undefined && !scaled.has(`${service} ${region}`) && !unknown.has(region),
    );
    const at = instantOf(clock.now());
    const reason = "the spec no longer has `autoscale` for it";
    for (const before of withdrawn) {
      const { service, region } = before;
      const state = NOTHING_REMEMBERED;
      const decided: StoredDecision = { service, region, at, reason, inputs: null, state };
      await store.commit([
        { put: "decision", decision: decided },
        ...announce(decided, before, undefined),
      ]);
      log.info({ service, region, reason }, "scaling decision");
    }
  }

  return {
    async scaleWhenDue(snapshot) {
      const { head, pauses, pausesSince } = snapshot;
      if (head === undefined) return;
      const now = clock.now();
      const decisions = await store.decisions();
      const lanes = lanesOf(snapshot);
      await withdraw(snapshot, lanes, decisions);
      for (const lane of lanes) {
        const key = keyOf(lane);
        if ((dueAt.get(key) ?? 0) > now) continue;
        dueAt.set(key, now + lane.policy.intervalSeconds * 1_000);
        const scope = { region: lane.region, service: lane.service.name };
        if (pauseOf(pauses, "autoscale", scope, now) !== undefined) continue;
        const before = decisions.find(
          ({ service, region }) => service === lane.service.name && region === lane.region,
        );
        await scale(lane, head.app, before, pausesSince);
      }
    },
    nextAt: () => Math.min(Number.POSITIVE_INFINITY, ...dueAt.values()),
  };
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

/** The stored state, with the time of pauses since then taken out. */
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
  decided: StoredDecision,
  before: StoredDecision | undefined,
  replicas: number | undefined,
): StoreChange[] {
  const { service, region, at, count, reason, valid_until: until } = decided;
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
        after: { count: count ?? replicas, inputs: decided.inputs },
        result: "done",
        request: `metric-${service}-${region}`,
      },
    },
  ];
}
