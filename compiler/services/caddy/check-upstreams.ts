import type { RegionCode } from "../../catalog/fly-regions.ts";
import { countsIn } from "../../model/spec.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose } from "../../text/source.ts";
import { typeOf } from "../registry.ts";
import type { CheckContext } from "../service-type.ts";
import type { CaddyService, Route } from "./service.ts";

/**
 * Numbers that are fine one by one can multiply to files of gigabytes, so files with more addresses aren't rendered. The
 * limit is far above what Fly is known to take, which W402 is about.
 */
const MOST_UPSTREAMS = 10_000;

/** E412, once per route: Caddy names every slot of every host there may be, once per route. */
export function checkUpstreams(caddy: CaddyService, context: CheckContext): Diagnostic[] {
  const found = new Map<number, Diagnostic>();
  for (const region of context.spec.fleet.regions) {
    let upstreams = 0;
    for (const [index, route] of caddy.routes.entries()) {
      upstreams += upstreamsOf(context, region, route);
      if (upstreams <= MOST_UPSTREAMS) continue;
      found.set(
        index,
        diagnose(caddy.source, {
          code: "E412",
          path: ["routes", index, "to"],
          message: `with this route Caddy in \`${region.code}\` has ${upstreams} addresses to know, more than ${MOST_UPSTREAMS}`,
          hint: "Every route to processes names `max_hosts` times `max_per_host` of them: lower one of the two, or route fewer paths.",
        }),
      );
      break;
    }
  }
  return [...found.values()];
}

function upstreamsOf(
  { spec, types }: CheckContext,
  region: { readonly code: RegionCode; readonly maxHosts: number },
  { to }: Route,
): number {
  const target = spec.services.find(({ name }) => name === to);
  if (target === undefined || countsIn(target, region.code).max === 0) return 0;
  return typeOf(types, target).routing?.upstreams(target, region) ?? 1;
}
