import type { RegionCode } from "../catalog/fly-regions.ts";
import type { CountPlan, DeviationPlan } from "../model/plan.ts";
import { countsIn } from "../model/spec.ts";
import type { Service } from "../model/spec.ts";
import type { LiveSignals } from "./signals.ts";

/** `clamp(max(live bursts, metric ?? replicas), min, max)`; a service that isn't scalable ignores signals. */
export function planCount(service: Service, region: RegionCode, live: LiveSignals): CountPlan {
  const bounds = countsIn(service, region);
  const own = { service, ...bounds };
  const { replicas } = bounds;
  if (!service.scalable) return { ...own, effective: replicas, deviation: undefined };
  const { count, signal, cause } = decideCount(service, region, live, bounds);
  if (signal === undefined || cause === "spec")
    return { ...own, effective: count, deviation: undefined };
  const { author, reason, until } = signal;
  const next = decideCount(service, region, liveAt(live, until.seconds), bounds);
  return {
    ...own,
    effective: count,
    deviation: {
      cause,
      ...(author === undefined ? {} : { author }),
      reason,
      ...(cause === "bounds" ? { limited: limitOf(signal, bounds) } : {}),
      until: until.text,
      then: { count: next.count, cause: next.cause },
    },
  };
}

interface Bounds {
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
}

/** A burst or a recommendation, as what it asks for. */
interface Wanted {
  readonly count: number;
  readonly kind: "burst" | "metric";
  readonly author?: string;
  readonly reason: string;
  readonly until: { readonly text: string; readonly seconds: number };
}

interface CountDecision {
  /** Inside the bounds. */
  readonly count: number;
  /** `spec`: the count is the spec's, also where a signal asks for just as many. */
  readonly cause: "spec" | DeviationPlan["cause"];
  readonly signal: Wanted | undefined;
}

function decideCount(
  { name }: Service,
  region: RegionCode,
  live: LiveSignals,
  { replicas, min, max }: Bounds,
): CountDecision {
  const signal = strongest(name, region, replicas, live);
  if (signal === undefined) return { count: replicas, cause: "spec", signal };
  const count = Math.min(Math.max(signal.count, min), max);
  if (count !== signal.count) return { count, cause: "bounds", signal };
  return { count, cause: count === replicas ? "spec" : signal.kind, signal };
}

function limitOf(
  { kind, count }: Wanted,
  { min, max }: Bounds,
): NonNullable<DeviationPlan["limited"]> {
  const bound =
    count > max ? ({ name: "max", value: max } as const) : ({ name: "min", value: min } as const);
  return { signal: kind, asked: count, bound };
}

/** The signals of `live` that haven't expired at that time (seconds since 1970). */
function liveAt({ bursts, metrics }: LiveSignals, seconds: number): LiveSignals {
  return {
    bursts: bursts.filter(({ until }) => seconds < until.seconds),
    metrics: metrics.filter(({ valid_until: until }) => seconds < until.seconds),
  };
}

/** The signal that decides, or undefined if `replicas` does. Of several recommendations the largest counts. */
function strongest(
  service: string,
  region: RegionCode,
  replicas: number,
  { bursts, metrics }: LiveSignals,
): Wanted | undefined {
  const mine = (signal: { service: string; region: string }): boolean =>
    signal.service === service && signal.region === region;
  const metric = largest(
    metrics.filter(mine).map(({ count, reason, valid_until }): Wanted => ({
      count,
      kind: "metric",
      reason,
      until: valid_until,
    })),
  );
  const burst = largest(
    bursts.filter(mine).map(({ to, author, reason, until }): Wanted => ({
      count: to,
      kind: "burst",
      author,
      reason,
      until,
    })),
  );
  return burst !== undefined && burst.count > (metric?.count ?? replicas) ? burst : metric;
}

function largest(wanted: readonly Wanted[]): Wanted | undefined {
  return wanted.reduce<Wanted | undefined>(
    (best, each) => (best === undefined || each.count > best.count ? each : best),
    undefined,
  );
}
