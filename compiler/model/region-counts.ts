import type { RegionCode } from "../catalog/fly-regions.ts";
import type { RegionCounts, RegionKey } from "./spec.ts";

interface CountsSource {
  readonly replicas: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * Returns the counts of every region of the fleet that a service runs in: the region's own entry, else that of `default`.
 * `add` returns what the service type keeps of an entry besides its counts.
 */
export function resolveRegions<Given extends CountsSource, Added extends object>(
  given: Partial<Record<RegionKey, Given>>,
  fleetRegions: readonly RegionCode[],
  add: (region: Given) => Added,
): Partial<Record<RegionCode, RegionCounts & Added>> {
  const resolved: Partial<Record<RegionCode, RegionCounts & Added>> = {};
  for (const code of fleetRegions) {
    const key = given[code] === undefined ? "default" : code;
    const region = given[key];
    if (region !== undefined) resolved[code] = { ...countsOf(region, key), ...add(region) };
  }
  return resolved;
}

function countsOf(given: CountsSource, key: RegionKey): RegionCounts {
  const { replicas, min = replicas, max = replicas } = given;
  return { replicas, min, max, key };
}
