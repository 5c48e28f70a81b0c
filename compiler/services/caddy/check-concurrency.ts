import type { Fleet } from "../../model/spec.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose, hasPath } from "../../text/source.ts";
import type { CaddyService } from "./service.ts";

/** E331, W305: Fly's limits for one host. */
export function checkConcurrency(caddy: CaddyService, fleet: Fleet): Diagnostic[] {
  const { source } = caddy;
  // Regions that share one text give one diagnostic.
  const written = new Map(
    Object.values(caddy.regions).flatMap(({ key, concurrency }) => {
      const own = ["regions", key, "concurrency"];
      const path = hasPath(source, own) ? own : ["concurrency"];
      return hasPath(source, path) ? [[path.join(), { path, concurrency }] as const] : [];
    }),
  );
  return [...written.values()].flatMap(({ path, concurrency }): Diagnostic[] => {
    const { type, softLimit, hardLimit } = concurrency;
    if (type === "requests" && fleet.tls.mode === "origin-cert")
      return [
        diagnose(source, {
          code: "E331",
          path: [...path, "type"],
          message: "Fly can't count requests: TLS passes through it to Caddy",
          hint: "Use `type: connections`, or leave it out.",
        }),
      ];
    if (hardLimit === undefined)
      return [
        diagnose(source, {
          code: "W305",
          path,
          message: "without `hard_limit` no visitor is sent to another region",
          hint: `Add \`hard_limit\`, e.g. ${2 * softLimit}.`,
        }),
      ];
    if (softLimit <= hardLimit) return [];
    return [
      diagnose(source, {
        code: "E331",
        path: [...path, hasPath(source, [...path, "soft_limit"]) ? "soft_limit" : "hard_limit"],
        message: `soft_limit ${softLimit} is above hard_limit ${hardLimit}`,
        hint: "The soft limit comes first: set it below the hard one.",
      }),
    ];
  });
}
