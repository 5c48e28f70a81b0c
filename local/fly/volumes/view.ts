/** Volumes and snapshots as Fly's JSON. */
import { isHostUnreachable } from "./host-outage.ts";
import type { VolumeRecord } from "../store/records.ts";
import { snapshotStatus, volumeState } from "./state.ts";

export function volumeSummary(volume: VolumeRecord, nowMs: number): object {
  const { id, name, region, created_at, encrypted, fstype, size_gb } = volume;
  return {
    id,
    name,
    state: volumeState(volume, nowMs),
    size_gb,
    region,
    zone: volume.zone ?? `${region}-1`,
    encrypted,
    fstype,
    created_at,
    attached_machine_id: volume.attached_machine_id,
    attached_alloc_id: null,
    snapshot_retention: volume.snapshot_retention,
    auto_backup_enabled: volume.auto_backup_enabled,
    host_dedication_id: "",
  };
}

export function volumeView(volume: VolumeRecord, nowMs: number): object {
  return {
    ...volumeSummary(volume, nowMs),
    host_status: isHostUnreachable(volume, nowMs) ? "unreachable" : "ok",
    bytes_used: 0,
    bytes_total: volume.size_gb * 1024 ** 3,
    blocks: 0,
    block_size: 4096,
    blocks_free: 0,
    blocks_avail: 0,
  };
}

export function snapshotViews({ snapshots }: VolumeRecord, nowMs: number): readonly object[] {
  return snapshots.map((snapshot) => ({
    id: snapshot.id,
    size: 0,
    volume_size: snapshot.size_gb * 1024 ** 3,
    digest: "",
    created_at: snapshot.created_at,
    status: snapshotStatus(snapshot, nowMs),
    retention_days: snapshot.retention_days,
  }));
}
