import type { Diagnostic, Path } from "../../text/diagnostic.ts";
import { route as routeSchema } from "./schema.ts";
import { diagnose, hasPath, writtenKeys } from "../../text/source.ts";
import { serviceOfType } from "../../model/spec.ts";
import type { CaddyService, Route, Spec } from "../../model/spec.ts";
import { suggestion } from "../../text/suggest.ts";
import { checkRouteOptions } from "./check-route-options.ts";

const ROUTE_KEYS: ReadonlySet<string> = new Set(Object.keys(routeSchema.shape));

/** E320, E321, E323, W302; options of a route are in `route-options.ts`. */
export function checkRoutes(spec: Spec, unusable: ReadonlySet<string> | undefined): Diagnostic[] {
  const caddy = serviceOfType(spec, "caddy");
  if (caddy === undefined) return [];
  return caddy.routes.flatMap((route, index) => [
    ...checkTarget(spec, unusable, caddy, route, ["routes", index]),
    ...checkRouteOptions(spec, caddy, index),
    ...checkReach(caddy, index),
  ]);
}

function checkTarget(
  spec: Spec,
  unusable: ReadonlySet<string> | undefined,
  caddy: CaddyService,
  route: Route,
  path: Path,
): Diagnostic[] {
  if ((route.to === undefined) === (route.root === undefined)) {
    // What was wrong with it has been told, and it was left out for that; so has a word that isn't known.
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
  const target = spec.services.find(({ name }) => name === route.to);
  const noAnswer = (message: string, hint: string): Diagnostic[] => [
    diagnose(caddy.source, { code: "E321", path: [...path, "to"], message, hint }),
  ];
  if (target === undefined) {
    if (unusable === undefined || unusable.has(route.to)) return [];
    const others = spec.services.filter(({ type }) => type !== "caddy").map(({ name }) => name);
    return noAnswer(`there is no service \`${route.to}\``, suggestion(route.to, others));
  }
  if (target.type === "caddy")
    return noAnswer("Caddy can't route to itself", "Use `root` for static files.");
  const ports = target.type === "process" ? Object.keys(target.ports) : [];
  // Ports that were left out for a mistake of their own have been told.
  const written = target.type === "process" ? writtenKeys(target.source, ["ports"]) : [];
  if (written.length > ports.length) return [];
  if (route.port !== undefined && !ports.includes(route.port))
    return [
      diagnose(caddy.source, {
        code: "E320",
        path: [...path, "port"],
        message: `\`${target.name}\` has no port \`${route.port}\``,
        hint: suggestion(route.port, ports),
      }),
    ];
  if (target.type !== "process" || route.port !== undefined || ports.length === 1) return [];
  return ports.length === 0
    ? noAnswer(`\`${target.name}\` has no port`, "Add `ports: { http: 9100 }` to it.")
    : noAnswer(`\`${target.name}\` has several ports`, `Add \`port\`: ${ports.join(", ")}.`);
}

/** First match wins, so a path that an earlier one covers never matches. */
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
