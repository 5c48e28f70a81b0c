import type { RegionCode } from "../../catalog/fly-regions.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { countsIn } from "../../model/spec.ts";
import type { CaddyService, ProcessService, Route, Spec } from "../../model/spec.ts";
import { slotAddress } from "../../model/names.ts";
import type { RegionPlan } from "../../model/plan.ts";
import { pocketbaseRegion } from "../nats/servers.ts";
import { renderProxy } from "./proxy.ts";

/** Who is being served: one region's name, or a name that all regions share. */
export type Audience = "region" | "everyone";

/** The spec's routes as a region's Caddy serves them; what none matches is 404. */
export function renderSite(plan: RegionPlan, caddy: CaddyService, audience: Audience): object {
  return {
    handler: "subroute",
    routes: [
      ...caddy.routes.map((route) => ({
        match: [{ path: route.paths }],
        handle: [...renderOptions(route), ...renderTarget(plan, route, audience)],
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

function renderTarget(plan: RegionPlan, route: Route, audience: Audience): object[] {
  if (route.root !== undefined) return renderFiles(route, `/flotilla/${route.root}`);
  const { spec, region } = plan;
  const target = spec.services.find(({ name }) => name === route.to);
  switch (target?.type) {
    case "pocketbase":
      return renderPocketbase(
        spec,
        region.code,
        target.writer === undefined && audience === "everyone",
      );
    case "nats":
      return countsIn(target, region.code).max === 0 ? [respond(404)] : renderNatsRoute(plan);
    case "process":
      return renderProcessRoute(plan, target, route.port);
    default:
      return [respond(404)];
  }
}

/** What a route does to any request before it goes on. */
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
            // Deferred: over what the service answers, not below it.
            ...(response.length === 0
              ? {}
              : { response: { deferred: true, set: literal(response) } }),
          },
        ]),
    ...(stripPrefix === undefined ? [] : [{ handler: "rewrite", strip_path_prefix: stripPrefix }]),
  ];
}

/** Caddy would put its own values in the place of `{…}`. */
function literal(headers: readonly (readonly [string, string])[]): Record<string, string[]> {
  return Object.fromEntries(
    headers.map(([name, value]) => [name, [value.replace(/[{}]/g, "\\$&")]]),
  );
}

/** Files of the image. With a fallback, whatever isn't there is that file: the page of a single-page app. */
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

/** Regional data has no place on a shared name: the network would choose the visitor's database. */
function renderPocketbase(spec: Spec, region: RegionCode, hidden: boolean): object[] {
  const home = pocketbaseRegion(spec, region);
  if (hidden || home === undefined) return [respond(404)];
  const address = slotAddress(spec.fleet.app, home, 0);
  return [renderProxy({ dial: [`${address}:${GUEST_PORTS.pocketbase}`], policy: "first" })];
}

/**
 * The host's own NATS first, then every host slot of the region. The own one is 127.0.0.1, so that all hosts
 * carry the same bytes. The path is dropped: to NATS it would choose another protocol (`/leafnode`, `/mqtt`).
 */
function renderNatsRoute(plan: RegionPlan): object[] {
  const port = GUEST_PORTS.natsWebsocket;
  return [
    { handler: "rewrite", uri: "/" },
    renderProxy({
      dial: [`127.0.0.1:${port}`, ...hostSlots(plan).map((address) => `${address}:${port}`)],
      policy: "first",
    }),
  ];
}

/** Every slot of the region; those that are off refuse the connection and are passed over. */
function renderProcessRoute(
  plan: RegionPlan,
  service: ProcessService,
  name: string | undefined,
): object[] {
  const first = service.ports[name ?? Object.keys(service.ports)[0] ?? ""];
  if (first === undefined || countsIn(service, plan.region.code).max === 0) return [respond(404)];
  const ports = Array.from({ length: service.maxPerHost }, (_, slot) => first + slot);
  const dial = hostSlots(plan).flatMap((address) => ports.map((port) => `${address}:${port}`));
  return [renderProxy({ dial, policy: "least_conn" })];
}

/** All hosts there may ever be: names that don't resolve yet do no harm, and a host more changes nothing here. */
function hostSlots({ spec, region }: RegionPlan): string[] {
  return Array.from({ length: region.maxHosts }, (_, index) =>
    slotAddress(spec.fleet.app, region.code, index),
  );
}
