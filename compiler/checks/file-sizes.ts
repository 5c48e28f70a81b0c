import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, hasPath } from "../text/source.ts";
import { countsIn, serviceOfType } from "../model/spec.ts";
import type { FleetRegion, ProcessService, Route, Spec } from "../model/spec.ts";

/**
 * Far above what Fly is known to take, which W402 tells: numbers that are fine one by one can multiply to files of
 * gigabytes, which aren't even rendered.
 */
const MOST_UPSTREAMS = 10_000;
const MOST_CHARACTERS = 2_000_000;

/** E412, once per route or service. */
export function checkFileSizes(spec: Spec): Diagnostic[] {
  return [...checkUpstreams(spec), ...checkSlots(spec)];
}

/** Caddy names every slot of every host there may be, once per route. */
function checkUpstreams(spec: Spec): Diagnostic[] {
  const caddy = serviceOfType(spec, "caddy");
  const found = new Map<number, Diagnostic>();
  for (const region of caddy === undefined ? [] : spec.fleet.regions) {
    let upstreams = 0;
    for (const [index, route] of caddy?.routes.entries() ?? []) {
      upstreams += upstreamsOf(spec, region, route);
      if (upstreams <= MOST_UPSTREAMS || caddy === undefined) continue;
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

function upstreamsOf(spec: Spec, region: FleetRegion, { to }: Route): number {
  const target = spec.services.find(({ name }) => name === to);
  if (target === undefined || countsIn(target, region.code).max === 0) return 0;
  if (target.type === "process") return region.maxHosts * target.maxPerHost;
  return target.type === "nats" ? region.maxHosts + 1 : 1;
}

/** A project has every slot with its whole command and environment. */
function checkSlots(spec: Spec): Diagnostic[] {
  return spec.services.flatMap((service) => {
    if (service.type !== "process") return [];
    const characters = slotCharacters(service) * service.maxPerHost;
    if (characters <= MOST_CHARACTERS) return [];
    return [
      diagnose(service.source, {
        code: "E412",
        path: hasPath(service.source, ["max_per_host"]) ? ["max_per_host"] : ["command"],
        message: `${service.maxPerHost} slots with this command and environment fill ${Math.ceil(characters / 1e6)} MB of a host's file`,
        hint: "Put what is long into a file of the image, or lower `max_per_host`.",
      }),
    ];
  });
}

function slotCharacters({ command, environment, secrets }: ProcessService): number {
  // With quotes, dashes and indentation, each in a line.
  const texts = [...command, ...secrets, ...Object.entries(environment).flat()];
  return texts.reduce((sum, text) => sum + text.length + 12, 0);
}
