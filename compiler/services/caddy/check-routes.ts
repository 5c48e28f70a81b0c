import { diagnose, hasPath, writtenKeys } from "../../text/source.ts";
import type { Diagnostic, Path } from "../../text/diagnostic.ts";
import { suggestion } from "../../text/suggest.ts";
import { typeOf } from "../registry.ts";
import type { CheckContext } from "../service-type.ts";
import { checkRouteOptions } from "./check-route-options.ts";
import { routeSchema } from "./schema.ts";
import type { CaddyService, Route } from "./service.ts";

const ROUTE_KEYS: ReadonlySet<string> = new Set(Object.keys(routeSchema.shape));

/** E320, E321, E323, W302: where routes lead. Options of a route are in `check-route-options.ts`. */
export function checkRoutes(caddy: CaddyService, context: CheckContext): Diagnostic[] {
  return caddy.routes.flatMap((route, index) => [
    ...checkTarget(caddy, route, ["routes", index], context),
    ...checkRouteOptions(caddy, index, context),
    ...checkReach(caddy, index),
  ]);
}

function checkTarget(
  caddy: CaddyService,
  route: Route,
  path: Path,
  context: CheckContext,
): Diagnostic[] {
  if ((route.to === undefined) === (route.root === undefined)) {
    // A key with a mistake has its own diagnostic, and so has an unknown one, which may stand for either.
    if (writtenKeys(caddy.source, path).some((key) => !ROUTE_KEYS.has(key))) return [];
    if (hasPath(caddy.source, [...path, "to"]) !== hasPath(caddy.source, [...path, "root"]))
      return [];
    return [
      diagnose(caddy.source, {
        code: "E323",
        path,
        message: `a route has ${route.to === undefined ? "neither `to` nor `root`" : "both `to` and `root`"}`,
        hint: "Give it exactly one: `to` a service, or `root` with static files.",
      }),
    ];
  }
  if (route.to === undefined) return [];
  return checkService(caddy, route.to, route.port, path, context);
}

function checkService(
  caddy: CaddyService,
  to: string,
  port: string | undefined,
  path: Path,
  { spec, types, unusable }: CheckContext,
): Diagnostic[] {
  const noAnswer = (message: string, hint: string): Diagnostic[] => [
    diagnose(caddy.source, { code: "E321", path: [...path, "to"], message, hint }),
  ];
  const target = spec.services.find(({ name }) => name === to);
  if (target === undefined) {
    if (unusable === undefined || unusable.has(to)) return [];
    const others = spec.services.filter((service) => typeOf(types, service).routing !== undefined);
    return noAnswer(
      `there is no service \`${to}\``,
      suggestion(
        to,
        others.map(({ name }) => name),
      ),
    );
  }
  const { routing } = typeOf(types, target);
  if (routing === undefined)
    return target.type === caddy.type
      ? noAnswer("Caddy can't route to itself", "Use `root` for static files.")
      : noAnswer(`\`${to}\` answers no visitors`, "Remove the route, or name another service.");
  const ports = routing.portNames(target);
  // Skip ports that already have a diagnostic of their own: they were left out.
  if (routing.needsPort && writtenKeys(target.source, ["ports"]).length > ports.length) return [];
  if (port !== undefined && !ports.includes(port))
    return [
      diagnose(caddy.source, {
        code: "E320",
        path: [...path, "port"],
        message: `\`${target.name}\` has no port \`${port}\``,
        hint: suggestion(port, ports),
      }),
    ];
  if (!routing.needsPort || port !== undefined || ports.length === 1) return [];
  return ports.length === 0
    ? noAnswer(`\`${target.name}\` has no port`, "Add `ports: { http: 9100 }` to it.")
    : noAnswer(`\`${target.name}\` has several ports`, `Add \`port\`: ${ports.join(", ")}.`);
}

/** W302: the first match wins, so a path that an earlier one covers never matches. */
function checkReach(caddy: CaddyService, index: number): Diagnostic[] {
  const earlier = caddy.routes.slice(0, index).flatMap(({ paths }) => paths);
  return (caddy.routes[index]?.paths ?? []).flatMap((path, position) => {
    const cover = earlier.find((pattern) => covers(pattern, path));
    if (cover === undefined) return [];
    return [
      diagnose(caddy.source, {
        code: "W302",
        path: ["routes", index, "path", position],
        message: `\`${path}\` never matches: \`${cover}\` comes first`,
        hint: "Move the more specific route up, or remove this one.",
      }),
    ];
  });
}

function covers(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
