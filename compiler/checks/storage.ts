import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { diagnose, formatPosition, hasPath } from "../text/source.ts";
import { serviceOfType } from "../model/spec.ts";
import type { Spec } from "../model/spec.ts";

/** Source: https://fly.io/docs/volumes/overview/ */
const LARGEST_GB = 500;

/** E410: host 0 of a region has PocketBase's data and JetStream's on one volume. */
export function checkStorage(spec: Spec): Diagnostic[] {
  const nats = serviceOfType(spec, "nats");
  const pocketbase = serviceOfType(spec, "pocketbase");
  if (nats === undefined || pocketbase === undefined) return [];
  const told = new Set<string>();
  return spec.fleet.regions.flatMap(({ code }) => {
    const streams = nats.regions[code];
    const database = pocketbase.regions[code];
    if (streams === undefined || database === undefined) return [];
    if (streams.replicas === 0 || database.replicas === 0) return [];
    const sum = streams.jetstream.storageGb + database.storageGb;
    if (sum <= LARGEST_GB) return [];
    const own: Path = ["regions", database.key, "storage_gb"];
    const path = hasPath(pocketbase.source, own) ? own : ["storage_gb"];
    if (told.has(path.join())) return [];
    told.add(path.join());
    const theirs: Path = ["regions", streams.key, "jetstream", "storage_gb"];
    const other = hasPath(nats.source, theirs) ? theirs : ["jetstream", "storage_gb"];
    return diagnose(pocketbase.source, {
      code: "E410",
      path,
      message: `host ${code}-0 would need ${sum} GB with JetStream's ${streams.jetstream.storageGb} (${formatPosition(nats.source, other)}): Fly's volumes end at ${LARGEST_GB}`,
      hint: `Lower one of the two: together at most ${LARGEST_GB} GB.`,
    });
  });
}
