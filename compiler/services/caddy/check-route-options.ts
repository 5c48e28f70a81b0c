import type { Diagnostic, Path } from "../../text/diagnostic.ts";
import { diagnose, formatPosition, hasPath } from "../../text/source.ts";
import { typeOf } from "../registry.ts";
import type { CheckContext } from "../service-type.ts";
import { HOP_HEADERS, OWN_REQUEST_HEADERS } from "./headers.ts";
import type { CaddyService, Route } from "./service.ts";

/** E327, E333, E334: options of a route besides its paths and its target. */
export function checkRouteOptions(
  caddy: CaddyService,
  index: number,
  context: CheckContext,
): Diagnostic[] {
  const route = caddy.routes[index];
  if (route === undefined) return [];
  const path = ["routes", index];
  return [
    ...checkKind(caddy, route, path, context),
    ...checkPrefix(caddy, route, path),
    ...checkHeaders(caddy, route, path),
  ];
}

/** E333: keys that have no effect on a route of this kind. */
function checkKind(
  caddy: CaddyService,
  route: Route,
  path: Path,
  { spec, types }: CheckContext,
): Diagnostic[] {
  const has = (key: Path): boolean => hasPath(caddy.source, [...path, ...key]);
  const foreign: readonly Path[] = has(["root"])
    ? [["port"], ["headers", "request"]]
    : [["index"], ["fallback"]];
  // A route with both keys or neither has a diagnostic of its own.
  if (has(["root"]) === has(["to"])) return [];
  const target = spec.services.find(({ name }) => name === route.to);
  const type = target === undefined ? undefined : typeOf(types, target);
  const dropped: readonly Path[] = type?.routing?.dropsPath === true ? [["strip_prefix"]] : [];
  return [...foreign, ...dropped].filter(has).map((key) =>
    diagnose(caddy.source, {
      code: "E333",
      path: [...path, ...key],
      anchor: "key",
      message: dropped.includes(key)
        ? `\`strip_prefix\` says nothing on a route to ${type?.label}, which gets no path`
        : `\`${key.join(".")}\` says nothing on a route ${has(["root"]) ? "with `root`" : "to a service"}`,
      hint: "Remove it.",
    }),
  );
}

function checkPrefix(caddy: CaddyService, { stripPrefix, paths }: Route, path: Path): Diagnostic[] {
  if (stripPrefix === undefined) return [];
  const stray = paths.find(
    (each) =>
      each !== stripPrefix && each !== `${stripPrefix}*` && !each.startsWith(`${stripPrefix}/`),
  );
  if (stray === undefined) return [];
  return [
    diagnose(caddy.source, {
      code: "E333",
      path: [...path, "strip_prefix"],
      message: `\`${stray}\` doesn't start with \`${stripPrefix}\``,
      hint: `Use paths such as \`${stripPrefix}/*\`, or a route of its own for the others.`,
    }),
  ];
}

function checkHeaders(caddy: CaddyService, route: Route, path: Path): Diagnostic[] {
  const sides = [
    ["request", route.requestHeaders, [...HOP_HEADERS, ...OWN_REQUEST_HEADERS]],
    ["response", route.responseHeaders, HOP_HEADERS],
  ] as const;
  return sides.flatMap(([side, headers, reserved]) => {
    const first = new Map<string, string>();
    return Object.keys(headers).flatMap((name): Diagnostic[] => {
      const place = [...path, "headers", side, name];
      const lower = name.toLowerCase();
      const earlier = first.get(lower);
      first.set(lower, earlier ?? name);
      if (reserved.includes(lower))
        return [
          diagnose(caddy.source, {
            code: "E334",
            path: place,
            anchor: "key",
            message: `Caddy sets \`${name}\` itself`,
            hint: "Remove it, or use a name of your own (`X-…`).",
          }),
        ];
      if (earlier === undefined) return [];
      return [
        diagnose(caddy.source, {
          code: "E327",
          path: place,
          anchor: "key",
          message: `\`${name}\` is there already: ${formatPosition(caddy.source, [...path, "headers", side, earlier], "key")}`,
          hint: "Headers don't differ by case: keep one of the two.",
        }),
      ];
    });
  });
}
