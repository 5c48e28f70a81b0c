/** Zones of a region: the hosts in one may fail together, so volumes of one name are kept apart. */
import { FlyApiError } from "../wire/errors.ts";
import type { VolumeRecord } from "../store/records.ts";

const ZONES = 16;

/**
 * Returns the first zone without any of the other volumes.
 *
 * @throws FlyApiError (422) when every zone has one of them, as Fly does when it finds no host
 */
export function pickZone(region: string, others: readonly VolumeRecord[]): string {
  const taken = new Set(others.filter((other) => other.region === region).map(({ zone }) => zone));
  for (let index = 0; index < ZONES; index += 1) {
    const zone = zoneName(region, index);
    if (!taken.has(zone)) return zone;
  }
  throw new FlyApiError(422, "could not find a candidate host", {
    status: "insufficient_capacity",
  });
}

/** Returns four hexadecimal digits, as Fly's zones have. */
function zoneName(region: string, index: number): string {
  const seed = Number.parseInt(region, 36);
  return ((seed + index * 4099) & 0xffff).toString(16).padStart(4, "0");
}
