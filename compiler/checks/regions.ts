import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, writtenKeys } from "../text/source.ts";
import { countsIn } from "../model/spec.ts";
import type { Spec } from "../model/spec.ts";
import { suggestion } from "../text/suggest.ts";

/** E303: a service names a region the fleet lacks. E209: nothing runs in a region, checked only when all services are known. */
export function checkRegions(spec: Spec, complete: boolean): Diagnostic[] {
  const codes = spec.fleet.regions.map(({ code }) => code);
  // A region code that Fly doesn't sell has a diagnostic of its own, and may be the one that is missing.
  if (writtenKeys(spec.fleet.source, ["regions"]).length > codes.length) return [];
  const strangers = spec.services.flatMap((service) =>
    service.namedRegions
      .filter((code) => code !== "default" && !codes.includes(code))
      .map((code) =>
        diagnose(service.source, {
          code: "E303",
          path: ["regions", code],
          anchor: "key",
          message: `the fleet has no region \`${code}\``,
          hint: `${suggestion(code, codes)} Or add it to the Fleet's \`regions\`.`,
        }),
      ),
  );
  if (!complete) return strangers;
  const empty = codes
    .filter((code) => spec.services.every((service) => countsIn(service, code).replicas === 0))
    .map((code) =>
      diagnose(spec.fleet.source, {
        code: "E209",
        path: ["regions", code],
        anchor: "key",
        message: `no service has a replica in \`${code}\``,
        hint: "Add a replica to a service there, or remove the region.",
      }),
    );
  return [...strangers, ...empty];
}
