import { countPath } from "../../model/count-path.ts";
import { countsIn, fleetRegion } from "../../model/spec.ts";
import type { RegionCounts, Spec } from "../../model/spec.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose } from "../../text/source.ts";
import { isRouted } from "../registry.ts";
import type { CheckContext } from "../service-type.ts";
import type { PocketbaseService } from "./service.ts";

/** E307, E308, E311, E336, E407, W308: one writer per data set, and no visitor sent to another region's data. */
export function checkPocketbase(
  pocketbase: PocketbaseService,
  context: CheckContext,
): Diagnostic[] {
  const { spec } = context;
  return [
    ...spec.fleet.regions.flatMap(({ code }) =>
      checkCounts(pocketbase, countsIn(pocketbase, code)),
    ),
    ...checkWriter(spec, pocketbase),
    ...checkRegional(context, pocketbase),
    ...checkBackup(spec, pocketbase),
  ];
}

/**
 * E336, W308. PocketBase deletes old backups by the beginning of their names, which is the same in every region. A fleet
 * of the organization `personal` is likely a trial and gets no warning for want of backups.
 */
function checkBackup(spec: Spec, pocketbase: PocketbaseService): Diagnostic[] {
  const { source, backup, writer } = pocketbase;
  if (backup?.s3 === undefined) {
    if (backup === undefined && spec.fleet.organization === "personal") return [];
    return [
      diagnose(source, {
        code: "W308",
        path: backup === undefined ? [] : ["backup"],
        message:
          backup === undefined
            ? "the data has no backup but Fly's snapshots of its volume, which are kept for days"
            : "backups lie on the volume whose loss they are for",
        hint: 'Give them a place: `backup: { cron: "0 3 * * *", s3: { … } }`.',
      }),
    ];
  }
  const sets = spec.fleet.regions.filter(({ code }) => countsIn(pocketbase, code).max > 0);
  if (writer !== undefined || sets.length < 2 || backup.s3.bucket.includes("{region}")) return [];
  return [
    diagnose(source, {
      code: "E336",
      path: ["backup", "s3", "bucket"],
      message: `${sets.length} regions with data of their own would delete each other's backups in one bucket`,
      hint: `A bucket per region: \`${backup.s3.bucket}-{region}\`.`,
    }),
  ];
}

function checkCounts(pocketbase: PocketbaseService, counts: RegionCounts): Diagnostic[] {
  if (counts.max > 1)
    return [
      diagnose(pocketbase.source, {
        code: "E307",
        path: countPath(pocketbase, counts.key, "max"),
        message: `${counts.max} PocketBases would write to one region's data`,
        hint: "PocketBase has one writer per data set: 1 replica per region. Scale it with a larger Machine.",
      }),
    ];
  if (counts.min >= counts.replicas) return [];
  return [
    diagnose(pocketbase.source, {
      code: "E311",
      path: countPath(pocketbase, counts.key, "min"),
      message: "min 0 would let a signal stop the host with the data",
      hint: "Leave `min` out.",
    }),
  ];
}

function checkWriter(spec: Spec, pocketbase: PocketbaseService): Diagnostic[] {
  const { writer, source } = pocketbase;
  if (writer === undefined) return [];
  if (fleetRegion(spec, writer) === undefined)
    return [
      diagnose(source, {
        code: "E308",
        path: ["data", "writer"],
        message: `the fleet has no region \`${writer}\` to write in`,
        hint: `Regions of the fleet: ${spec.fleet.regions.map(({ code }) => code).join(", ")}.`,
      }),
    ];
  if (countsIn(pocketbase, writer).replicas === 0)
    return [
      diagnose(source, {
        code: "E308",
        path: ["data", "writer"],
        message: `the writer region \`${writer}\` has no replica`,
        hint: `Set \`regions: { ${writer}: { replicas: 1 } }\`.`,
      }),
    ];
  const others = spec.fleet.regions.filter(
    ({ code }) => code !== writer && countsIn(pocketbase, code).replicas > 0,
  );
  const keys = new Set(others.map(({ code }) => countsIn(pocketbase, code).key));
  return [...keys].map((key) =>
    diagnose(source, {
      code: "E308",
      path: ["regions", key, "replicas"],
      message: `a replica outside the writer region \`${writer}\` would be a second writer`,
      hint: `Only \`regions: { ${writer}: { replicas: 1 } }\`: the other regions forward to it.`,
    }),
  );
}

function checkRegional({ spec, types }: CheckContext, pocketbase: PocketbaseService): Diagnostic[] {
  const routed = isRouted(types, spec, pocketbase.name);
  if (pocketbase.writer !== undefined || spec.fleet.regionalHostnames !== undefined || !routed)
    return [];
  // A Fleet without any hostname has a diagnostic of its own (E211).
  if (spec.fleet.hostnames.length === 0) return [];
  return [
    diagnose(pocketbase.source, {
      code: "E407",
      path: ["data"],
      message:
        "regional data needs the Fleet's `regional_hostnames`: on a shared name the network would choose the visitor's database",
      hint: `Add \`regional_hostnames: "app-{region}.${spec.fleet.zone}"\` to the Fleet, or use single-writer.`,
    }),
  ];
}
