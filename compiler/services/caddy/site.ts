import type { RegionPlan } from "../../model/plan.ts";
import { typeOf } from "../registry.ts";
import type { RouteRequest, ServiceTypes } from "../service-type.ts";
import { renderProxy } from "./proxy.ts";
import type { CaddyService, Route } from "./service.ts";

/** The region that a site is rendered for, and the service types that routes may lead to. */
export interface SiteContext {
  readonly plan: RegionPlan;
  readonly types: ServiceTypes;
}

/** Renders the spec's routes as a region's Caddy serves them; a path that no route matches is 404. */
export function renderSite(
  context: SiteContext,
  caddy: CaddyService,
  audience: RouteRequest["audience"],
): object {
  return {
    handler: "subroute",
    routes: [
      ...caddy.routes.map((route) => ({
        match: [{ path: route.paths }],
        handle: [...renderOptions(route), ...renderTarget(context, route, audience)],
        terminal: true,
      })),
      { handle: [respond(404)] },
    ],
  };
}

export function respond(
  status: number,
  headers?: Readonly<Record<string, readonly string[]>>,
): object {
  return {
    handler: "static_response",
    status_code: status,
    ...(headers === undefined ? {} : { headers }),
  };
}

function renderTarget(
  { plan, types }: SiteContext,
  route: Route,
  audience: RouteRequest["audience"],
): object[] {
  if (route.root !== undefined) return renderFiles(route, `/flotilla/${route.root}`);
  const service = plan.spec.services.find(({ name }) => name === route.to);
  const routing = service === undefined ? undefined : typeOf(types, service).routing;
  if (service === undefined || routing === undefined) return [respond(404)];
  const target = routing.target(service, { plan, audience, port: route.port });
  if (target === undefined) return [respond(404)];
  return [...(routing.dropsPath ? [{ handler: "rewrite", uri: "/" }] : []), renderProxy(target)];
}

/** Renders what a route does to a request before its target gets it. */
function renderOptions({ stripPrefix, requestHeaders, responseHeaders }: Route): object[] {
  const request = Object.entries(requestHeaders);
  const response = Object.entries(responseHeaders);
  return [
    ...(request.length === 0 && response.length === 0
      ? []
      : [
          {
            handler: "headers",
            ...(request.length === 0 ? {} : { request: { set: literal(request) } }),
            // Deferred headers replace those of the service's own response.
            ...(response.length === 0
              ? {}
              : { response: { deferred: true, set: literal(response) } }),
          },
        ]),
    ...(stripPrefix === undefined ? [] : [{ handler: "rewrite", strip_path_prefix: stripPrefix }]),
  ];
}

/** Escapes braces, which Caddy would take for its placeholders. */
function literal(headers: readonly (readonly [string, string])[]): Record<string, string[]> {
  return Object.fromEntries(
    headers.map(([name, value]) => [name, [value.replace(/[{}]/g, "\\$&")]]),
  );
}

/** Serves files of the image. With a fallback, a path without a file gets that file: the page of a single-page app. */
function renderFiles({ index, fallback }: Route, root: string): object[] {
  const names = index === undefined ? {} : { index_names: index };
  const server = { handler: "file_server", root, ...names };
  if (fallback === undefined) return [server];
  return [
    { ...server, pass_thru: true },
    { handler: "rewrite", uri: `/${fallback}` },
    { handler: "file_server", root },
  ];
}
