import { z } from "zod";
import { CRON_PATTERN, isCron } from "./cron.ts";
import {
  byRegionOrDefault,
  patternText,
  positive,
  secretName,
  regionCode,
} from "../../model/schema-parts.ts";
import { regionCounts, serviceCommon } from "../../model/service-schema.ts";

const singleWriter = z
  .strictObject({
    mode: z.literal("single-writer"),
    writer: regionCode().meta({
      description: "Region that holds the only database.",
      examples: ["iad"],
    }),
  })
  .meta({ description: "One database, in one region; every region forwards to it." });

const s3 = z
  .strictObject({
    bucket: patternText("^(?=[a-z0-9{])([a-z0-9.-]|\\{region\\}){3,63}$", {
      code: "E110",
      message: "is not a bucket name",
      hint: "Lower-case letters, digits, hyphens, dots and {region}, as in `acme-{region}-backups`.",
    }).meta({
      description:
        "Name of the bucket. `{region}` in it becomes the region's code: each data set needs a bucket of its own.",
      examples: ["acme-{region}-backups"],
    }),
    endpoint: patternText("^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/?$", {
      code: "E110",
      message: "is not the URL of an S3 service",
      hint: "Scheme and host, without the bucket: `https://s3.eu-central-1.amazonaws.com`.",
    }).meta({
      description: "URL of the S3 service, without the bucket.",
      examples: ["https://fly.storage.tigris.dev"],
    }),
    region: patternText("^[a-z0-9-]+$", {
      code: "E110",
      message: "is not a region of an S3 service",
      hint: "As the service names it: `eu-central-1`, or `auto`.",
    }).meta({ description: "The service's own region, not Fly's.", examples: ["auto"] }),
    access_key: secretName.meta({
      description: "Name of the secret that holds the access key.",
      familiar: {
        access_key_id: "Write `access_key`, with the name of the secret that holds it.",
      },
      examples: ["BACKUP_ACCESS_KEY"],
    }),
    secret: secretName.meta({
      familiar: { secret_access_key: "Write `secret`, with the name of the secret that holds it." },
      description:
        "Name of the secret that holds the secret key. PocketBase keeps the key in its database, and so in its backups: let it reach this bucket only.",
      examples: ["BACKUP_SECRET"],
    }),
    force_path_style: z
      .boolean()
      .default(false)
      .meta({
        description: "Whether the bucket stands in the path instead of the host.",
        defaultText: "false",
        examples: [true],
      }),
  })
  .meta({ description: "Where backups go.", defaultText: "none, they stay on the host's volume" });

const backup = z
  .strictObject({
    cron: z
      .string()
      .refine(isCron, {
        error: "is not a cron expression",
        params: {
          code: "E110",
          hint: 'Minute, hour, day, month and day of the week in UTC, as in `"0 3 * * *"`, or `"@daily"`.',
        },
      })
      .meta({
        pattern: CRON_PATTERN,
        description: "When a backup is made: a cron expression in UTC, or `@daily` and the like.",
        examples: ["0 3 * * *"],
        familiar: { schedule: "Write `cron` in PocketBase's `backup`; a process has no schedule." },
      }),
    max_keep: positive(
      {
        unit: "backups",
        description: "Backups to keep; older ones are deleted.",
        defaultText: "3",
      },
      1000,
      7,
    )
      .default(3)
      .meta({ familiar: { retention: true } }),
    s3: s3.optional(),
  })
  .meta({
    description:
      "PocketBase's automatic backups of its database and files; its admin page shows them, and the spec's settings win over what is set there.",
    defaultText: "none by the spec",
  });

export const pocketbaseSchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("pocketbase"),
    regions: byRegionOrDefault(
      z.strictObject({
        ...regionCounts,
        storage_gb: positive(
          { unit: "GB", description: "This region's disk in GB.", defaultText: "the service's" },
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
    storage_gb: positive(
      { description: "Disk for the database and its files, in GB.", unit: "GB" },
      500,
      10,
    ),
    backup: backup.optional(),
  })
  .meta({
    title: "Service: PocketBase",
    description: "Database, API and admin pages; one writer per data set.",
  });
