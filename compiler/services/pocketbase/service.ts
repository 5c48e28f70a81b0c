import type { z } from "zod";
import type { RegionCode } from "../../catalog/fly-regions.ts";
import { resolveRegions } from "../../model/region-counts.ts";
import { countsIn } from "../../model/spec.ts";
import type { RegionCounts, Service } from "../../model/spec.ts";
import type { ServiceBase } from "../service-type.ts";
import type { pocketbaseSchema } from "./schema.ts";

export interface PocketbaseService extends Service<PocketbaseRegion> {
  /** The region that holds the only data set; undefined: a data set per region. */
  readonly writer: RegionCode | undefined;
  readonly backup: BackupSpec | undefined;
}

interface PocketbaseRegion extends RegionCounts {
  readonly storageGb: number;
}

export interface BackupSpec {
  /** As PocketBase reads it. */
  readonly cron: string;
  readonly maxKeep: number;
  /** Undefined: backups stay on the host's volume. */
  readonly s3:
    | {
        /** May contain `{region}`. */
        readonly bucket: string;
        readonly endpoint: string;
        readonly region: string;
        /** Names of the secrets. */
        readonly accessKey: string;
        readonly secret: string;
        readonly forcePathStyle: boolean;
      }
    | undefined;
}

export type PocketbaseSource = z.output<typeof pocketbaseSchema>;

export function normalizePocketbase(
  given: PocketbaseSource,
  base: ServiceBase,
  fleetRegions: readonly RegionCode[],
): PocketbaseService {
  return {
    ...base,
    writer: given.data === "regional" ? undefined : given.data.writer,
    backup: backupOf(given.backup),
    regions: resolveRegions(given.regions, fleetRegions, (region) => ({
      storageGb: region.storage_gb ?? given.storage_gb,
    })),
  };
}

function backupOf(given: PocketbaseSource["backup"]): BackupSpec | undefined {
  if (given === undefined) return undefined;
  const { cron, max_keep: maxKeep, s3 } = given;
  if (s3 === undefined) return { cron, maxKeep, s3 };
  const { access_key: accessKey, force_path_style: forcePathStyle, ...rest } = s3;
  return { cron, maxKeep, s3: { ...rest, accessKey, forcePathStyle } };
}

/** The region whose PocketBase serves `region`: the writer, or its own; undefined where there is none. */
export function homeRegion(
  pocketbase: PocketbaseService,
  region: RegionCode,
): RegionCode | undefined {
  if (pocketbase.writer !== undefined) return pocketbase.writer;
  return countsIn(pocketbase, region).replicas > 0 ? region : undefined;
}
