/** Differences of the desired state that cause no operation by themselves. */
import { isDeepStrictEqual } from "node:util";
import type { RegionDesired } from "../model/desired.ts";

type Service = RegionDesired["services"][number];
type Rollout = RegionDesired["rollout"];

export function planRemarks(before: RegionDesired, after: RegionDesired): string[] {
  return [
    ...rolloutNotes(before.rollout, after.rollout),
    ...serviceNotes(before.services, after.services),
  ];
}

function rolloutNotes(before: Rollout, after: Rollout): string[] {
  return [
    ...changed("hosts that may change at once", before.maxUnavailable, after.maxUnavailable),
    ...changed(
      "seconds a host must be healthy before the next changes",
      before.minHealthySeconds,
      after.minHealthySeconds,
    ),
    ...changed(
      "seconds a host may take to pass its checks",
      before.healthTimeoutSeconds,
      after.healthTimeoutSeconds,
    ),
  ].map((text) => `rollout: ${text}`);
}

function changed(what: string, before: number, after: number): string[] {
  return before === after ? [] : [`${what} ${before} → ${after}`];
}

function serviceNotes(before: readonly Service[], after: readonly Service[]): string[] {
  return after.flatMap((service) => {
    const earlier = before.find(({ name }) => name === service.name);
    if (earlier === undefined) return [];
    const changes = [
      ...(bounds(earlier) === bounds(service)
        ? []
        : [`bounds ${bounds(earlier)} → ${bounds(service)}`]),
      ...changed("replicas", earlier.replicas, service.replicas),
      ...(earlier.scalable === service.scalable
        ? []
        : [
            service.scalable
              ? "bursts may scale it from now on"
              : "only edits scale it from now on",
          ]),
      ...(isDeepStrictEqual(earlier.autoscale, service.autoscale)
        ? []
        : [service.autoscale === undefined ? "no autoscaling any more" : "other autoscaling"]),
    ];
    return changes.length === 0 ? [] : [`${service.name}: ${changes.join(", ")}`];
  });
}

function bounds({ min, max }: Service): string {
  return `${min}–${max}`;
}
