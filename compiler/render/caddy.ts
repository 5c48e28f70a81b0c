import { FLY_REGIONS } from "../parse/fly-regions.ts";
import { GUEST_PORTS } from "../parse/guest-ports.ts";
import type { CaddyService } from "../parse/spec.ts";
import { regionalHostname, slotAddress } from "../plan/names.ts";
import type { RegionPlan } from "../plan/plan.ts";
import { renderProxy } from "./caddy-proxy.ts";
import { renderSite, respond } from "./caddy-site.ts";
import { CLOUDFLARE_RANGES } from "./cloudflare-ranges.ts";
import { PATHS } from "./paths.ts";

/** Fly's private network, and what a host tells itself. Source: https://fly.io/docs/networking/private-networking/ */
const PRIVATE_RANGES = ["fdaa::/16", "127.0.0.0/8", "::1/128"] as const;

/**
 * caddy.json, the same on every host of a region and whatever the number of hosts: `edge` for visitors,
 * `internal` for other regions' Caddies, `checks` and `metrics` for Fly. Source: https://caddyserver.com/docs/json/
 */
export function renderCaddy(plan: RegionPlan, caddy: CaddyService): string {
  const config = {
    admin: { listen: `127.0.0.1:${GUEST_PORTS.caddyAdmin}`, config: { persist: false } },
    storage: { module: "file_system", root: PATHS.caddyData },
    apps: {
      tls: {
        certificates: {
          load_files: [{ certificate: PATHS.certificate, key: PATHS.privateKey }],
        },
      },
      http: {
        grace_period: "10s",
        metrics: {},
        servers: {
          checks: plainServer(GUEST_PORTS.caddyChecks, [
            { match: [{ path: ["/healthz"] }], handle: [{ ...respond(200), body: "ok" }] },
          ]),
          edge: edgeServer(plan, caddy),
          internal: internalServer(plan, caddy),
          metrics: plainServer(GUEST_PORTS.caddyMetrics, [
            { match: [{ path: ["/metrics"] }], handle: [{ handler: "metrics" }] },
          ]),
        },
      },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function plainServer(port: number, routes: readonly object[]): object {
  return { listen: [`[::]:${port}`], automatic_https: { disable: true }, routes };
}

/** Behind Fly's TCP passthrough: the PROXY header first, TLS after it; no HTTP/3, as the IPv6 address carries no UDP. */
function edgeServer(plan: RegionPlan, caddy: CaddyService): object {
  return {
    listen: [`[::]:${GUEST_PORTS.caddyTls}`],
    protocols: ["h1", "h2"],
    automatic_https: { disable: true },
    listener_wrappers: [{ wrapper: "proxy_protocol", fallback_policy: "use" }, { wrapper: "tls" }],
    tls_connection_policies: [{}],
    trusted_proxies: { source: "static", ranges: CLOUDFLARE_RANGES },
    client_ip_headers: ["CF-Connecting-IP"],
    routes: [
      ...ownRoutes(plan, caddy),
      ...forwardRoutes(plan),
      ...sharedRoutes(plan, caddy),
      { handle: [respond(421)] },
    ],
    errors: unavailable(),
  };
}

/** What other regions forward here: this region's own name, nothing else, and never on to a third. */
function internalServer(plan: RegionPlan, caddy: CaddyService): object {
  return {
    ...plainServer(GUEST_PORTS.caddyInternal, [
      ...ownRoutes(plan, caddy),
      { handle: [respond(421)] },
    ]),
    trusted_proxies: { source: "static", ranges: PRIVATE_RANGES },
    client_ip_headers: ["X-Real-Ip"],
    errors: unavailable(),
  };
}

function ownRoutes(plan: RegionPlan, caddy: CaddyService): object[] {
  const pattern = plan.spec.fleet.regionalHostnames;
  if (pattern === undefined) return [];
  const host = [regionalHostname(pattern, plan.region.code)];
  return [{ match: [{ host }], handle: [renderSite(plan, caddy, "region")], terminal: true }];
}

/** Every region Fly sells, in the spec or not, so that a region more changes no other region's bytes. */
function forwardRoutes({ spec, region }: RegionPlan): object[] {
  const pattern = spec.fleet.regionalHostnames;
  if (pattern === undefined) return [];
  const shared = new Set(spec.fleet.hostnames);
  const others = FLY_REGIONS.filter((code) => code !== region.code)
    .map((code) => ({ code, host: regionalHostname(pattern, code) }))
    .filter(({ host }) => !shared.has(host));
  return [
    {
      match: [{ host: others.map(({ host }) => host) }],
      handle: [
        {
          handler: "map",
          source: "{http.request.host}",
          destinations: ["{flotilla.region}"],
          mappings: others.map(({ code, host }) => ({
            input: host,
            outputs: [`${slotAddress(spec.fleet.app, code, 0)}:${GUEST_PORTS.caddyInternal}`],
          })),
        },
        renderProxy({ dial: ["{flotilla.region}"], policy: "first" }),
      ],
      terminal: true,
    },
  ];
}

function sharedRoutes(plan: RegionPlan, caddy: CaddyService): object[] {
  const host = plan.spec.fleet.hostnames;
  if (host.length === 0) return [];
  return [{ match: [{ host }], handle: [renderSite(plan, caddy, "everyone")], terminal: true }];
}

/** An upstream that can't be reached is 503 with Retry-After, never another region's answer. */
function unavailable(): object {
  return {
    routes: [
      {
        match: [{ vars: { "{http.error.status_code}": ["502", "503", "504"] } }],
        handle: [respond(503, { "Retry-After": ["5"] })],
      },
    ],
  };
}
