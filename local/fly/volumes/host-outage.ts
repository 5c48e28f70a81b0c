/** Volumes on a host that can't be reached. */
import type { VolumeRecord } from "../store/records.ts";
import { FlyApiError } from "../wire/errors.ts";

export function isHostUnreachable(volume: VolumeRecord, nowMs: number): boolean {
  return (volume.host_away_until_ms ?? 0) > nowMs;
}

/** @throws FlyApiError (408): the call ran into its deadline, and nothing was done */
export function assertVolumeHost(volume: VolumeRecord, nowMs: number): void {
  if (!isHostUnreachable(volume, nowMs)) return;
  throw new FlyApiError(
    408,
    `deadline_exceeded: the host of volume ${volume.id} is unreachable: context deadline exceeded`,
  );
}
