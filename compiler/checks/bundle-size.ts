import type { RegionPlan } from "../model/plan.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";

/** Fly documents no limit for `files`; nothing larger than this has been seen to work. */
const LIMIT_BYTES = 64 * 1024;

/** W402, once per region at most: for the host with the most bytes of text files. */
export function checkBundleSize(
  plan: RegionPlan,
  bytesOf: (host: RegionPlan["hosts"][number]) => number,
): Diagnostic[] {
  const largest = plan.hosts
    .map((host) => ({ name: host.name, bytes: bytesOf(host) }))
    .reduce((best, host) => (host.bytes > best.bytes ? host : best), { name: "", bytes: 0 });
  if (largest.bytes <= LIMIT_BYTES) return [];
  return [
    diagnose(plan.spec.fleet.source, {
      code: "W402",
      path: ["regions", plan.region.code],
      anchor: "key",
      message: `the files of host ${largest.name} have ${Math.ceil(largest.bytes / 1024)} KiB, more than ${LIMIT_BYTES / 1024}`,
      hint: "Fewer slots (`max_per_host`), hosts (`max_hosts`) or routes to processes make them smaller.",
    }),
  ];
}
