import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";
import type { RegionPlan } from "../model/plan.ts";
import { fileBytes } from "../render/host.ts";

/** Fly documents no limit for `files`; what is larger than this hasn't been seen to work. */
const LIMIT_BYTES = 64 * 1024;

/** W402, once per region at most. */
export function checkBundle(plan: RegionPlan): Diagnostic[] {
  const largest = plan.hosts
    .map((host) => ({ name: host.name, bytes: fileBytes(plan, host) }))
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
