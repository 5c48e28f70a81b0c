import type { RegionCode } from "../catalog/fly-regions.ts";
import { countsIn } from "../model/spec.ts";
import type { Service } from "../model/spec.ts";
import type { LiveSignals } from "./signals.ts";

/** How many replicas of a service run in a region, and why if not as many as the spec says. */
export interface CountPlan {
  readonly service: Service;
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  readonly effective: number;
  readonly deviation: DeviationPlan | undefined;
}

interface DeviationPlan {
  readonly cause: "burst" | "metric" | "bounds";
  /** With `bounds`: who asked for how many. */
  readonly limited?: { readonly signal: "burst" | "metric"; readonly asked: number };
  readonly reason: string;
  readonly until: string;
}

/** `clamp(max(live bursts, metric ?? replicas), min, max)`; a service that isn't scalable ignores signals. */
export function planCount(service: Service, region: RegionCode, live: LiveSignals): CountPlan {
  const { replicas, min, max } = countsIn(service, region);
  const own = { service, replicas, min, max };
  const wanted = service.scalable ? strongest(service.name, region, replicas, live) : undefined;
  if (wanted === undefined) return { ...own, effective: replicas, deviation: undefined };
  const effective = Math.min(Math.max(wanted.count, min), max);
  const { cause, count, reason, until } = wanted;
  if (effective !== count) {
    const bound = count > max ? `max ${max}` : `min ${min}`;
    return {
      ...own,
      effective,
      deviation: {
        cause: "bounds",
        limited: { signal: cause, asked: count },
        reason: `${reason} (asked for ${count}, ${bound})`,
        until,
      },
    };
  }
  if (effective === replicas) return { ...own, effective, deviation: undefined };
  return { ...own, effective, deviation: { cause, reason, until } };
}

interface Wanted {
  readonly count: number;
  readonly cause: "burst" | "metric";
  readonly reason: string;
  readonly until: string;
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
      cause: "metric",
      reason,
      until: valid_until.text,
    })),
  );
  const burst = largest(
    bursts.filter(mine).map(({ to, author, reason, until }): Wanted => ({
      count: to,
      cause: "burst",
      reason: `${author}: ${reason}`,
      until: until.text,
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
