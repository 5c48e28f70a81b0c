/** States of volumes and snapshots that change with time, computed from it (docs: volumes/volume-states). */
import type { SnapshotRecord, VolumeRecord } from "../store/records.ts";

/** Reads show a deleted volume for a day. */
const KEPT_MS = 24 * 3600_000;
const SNAPSHOT_WAITS_MS = 200;
const SNAPSHOT_RUNS_MS = 1_000;

export type VolumeState = VolumeRecord["state"];

/** Returns the volume's present state; undefined when it is deleted for good. */
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
