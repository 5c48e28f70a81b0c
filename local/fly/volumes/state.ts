/** States that pass by themselves, told from the time: nothing has to tick for them (docs: volumes/volume-states). */
import type { SnapshotRecord, VolumeRecord } from "../store/records.ts";

/** A deleted volume can be seen for a day. */
const KEPT_MS = 24 * 3600_000;
const SNAPSHOT_WAITS_MS = 200;
const SNAPSHOT_RUNS_MS = 1_000;

export type VolumeState = VolumeRecord["state"];

/** What the volume is by now; undefined when it is gone for good. */
export function volumeState(volume: VolumeRecord, nowMs: number): VolumeState | undefined {
  if (volume.deleted_at_ms !== undefined && nowMs - volume.deleted_at_ms >= KEPT_MS) {
    return undefined;
  }
  const isSettled = volume.settled_at_ms !== undefined && volume.settled_at_ms <= nowMs;
  return isSettled && volume.state !== "pending_destroy" ? "created" : volume.state;
}

export function snapshotStatus(
  snapshot: SnapshotRecord,
  nowMs: number,
): "waiting" | "running" | "created" {
  const ageMs = nowMs - Date.parse(snapshot.created_at);
  if (ageMs < SNAPSHOT_WAITS_MS) return "waiting";
  return ageMs < SNAPSHOT_WAITS_MS + SNAPSHOT_RUNS_MS ? "running" : "created";
}
