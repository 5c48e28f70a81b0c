import { z } from "zod";
import { FLY_REGIONS } from "../fly-regions.ts";
import { byRegionOrDefault, positive } from "./common.ts";
import { regionCounts, serviceCommon } from "./service-common.ts";

const singleWriter = z
  .strictObject({
    mode: z.literal("single-writer"),
    writer: z
      .enum(FLY_REGIONS)
      .meta({ description: "Region that holds the only database.", examples: ["iad"] }),
  })
  .meta({ description: "One database, in one region; every region forwards to it." });

export const pocketbaseSchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("pocketbase"),
    regions: byRegionOrDefault(
      z.strictObject({
        ...regionCounts,
        storage_gb: positive(
          "This region's disk in GB. Default: the service's.",
          500,
          20,
        ).optional(),
      }),
      "Replicas by region, or `default`: 0 or 1.",
    ).meta({ examples: [{ default: { replicas: 1 } }] }),
    data: z.union([z.literal("regional"), singleWriter]).meta({
      description:
        "No default, as it decides who sees which data: `regional` (a database per region, reached under regional_hostnames) or `{ mode: single-writer, writer: iad }` (one database that every region forwards to).",
      examples: ["regional"],
    }),
    storage_gb: positive("Disk for the database and its files, in GB.", 500, 10),
    backup: z.looseObject({}).optional().meta({
      description:
        "Not supported yet: PocketBase keeps its backup settings in its database (admin page, Settings, Backups). Fly snapshots every volume daily.",
    }),
  })
  .meta({
    title: "Service: PocketBase",
    description: "Database, API and admin pages; one writer per data set.",
  });
