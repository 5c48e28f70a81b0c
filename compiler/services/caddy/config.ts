import { FLY_REGIONS } from "../../catalog/fly-regions.ts";
import { GUEST_PATHS } from "../../catalog/guest-paths.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { regionalHostname, slotAddress } from "../../model/names.ts";
import { CLOUDFLARE_RANGES } from "./cloudflare-ranges.ts";
import { renderProxy } from "./proxy.ts";
import type { CaddyService } from "./service.ts";
import { renderSite, respond } from "./site.ts";
import type { SiteContext } from "./site.ts";

/** Fly's private network, and a host's own requests. Source: https://fly.io/docs/networking/private-networking/ */
const LOOPBACK = ["127.0.0.0/8", "::1/128"] as const;
const PRIVATE_RANGES = ["fdaa::/16", ...LOOPBACK] as const;

/** Source addresses of Fly Proxy and the private network; nothing else reaches a Machine's plain port. */
const PROXY_RANGES = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  ...LOOPBACK,
] as const;

/**
 * Renders caddy.json, the same on every host of a region whatever the number of hosts: `edge` for visitors,
 * `internal` for other regions' Caddies, `checks` and `metrics` for Fly. Where Fly terminates TLS, `edge` takes the
 * checks too, on their port. Source: https://caddyserver.com/docs/json/
 */
export function renderCaddy(context: SiteContext, caddy: CaddyService): string {
  const ownTls = context.plan.spec.fleet.tls.mode === "origin-cert";
  const config = {
    admin: { listen: `127.0.0.1:${GUEST_PORTS.caddyAdmin}`, config: { persist: false } },
    storage: { module: "file_system", root: GUEST_PATHS.caddyData },
    apps: {
      ...(ownTls ? { tls: TLS_APP } : {}),
      http: {
        grace_period: "10s",
        metrics: {},
        servers: {
          ...(ownTls
            ? {
                checks: plainServer(GUEST_PORTS.caddyChecks, [HEALTHZ]),
                edge: tlsServer(context, caddy),
              }
            : { edge: plainEdge(context, caddy) }),
          internal: internalServer(context, caddy),
          metrics: plainServer(GUEST_PORTS.caddyMetrics, [
            { match: [{ path: ["/metrics"] }], handle: [{ handler: "metrics" }] },
          ]),
        },
      },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

const TLS_APP = {
  certificates: {
    load_files: [{ certificate: GUEST_PATHS.certificate, key: GUEST_PATHS.privateKey }],
  },
};

const HEALTHZ = { match: [{ path: ["/healthz"] }], handle: [{ ...respond(200), body: "ok" }] };

function plainServer(port: number, routes: readonly object[]): object {
  return { listen: [`[::]:${port}`], automatic_https: { disable: true }, routes };
}

/** Behind Fly's TCP passthrough: the PROXY header first, TLS after it; no HTTP/3, as the IPv6 address carries no UDP. */
function tlsServer(context: SiteContext, caddy: CaddyService): object {
  return {
    listen: [`[::]:${GUEST_PORTS.caddyTls}`],
    protocols: ["h1", "h2"],
    automatic_https: { disable: true },
    listener_wrappers: [{ wrapper: "proxy_protocol", fallback_policy: "use" }, { wrapper: "tls" }],
    tls_connection_policies: [{}],
    trusted_proxies: { source: "static", ranges: CLOUDFLARE_RANGES },
    client_ip_headers: ["CF-Connecting-IP"],
    routes: visitorRoutes(context, caddy),
    errors: unavailable(),
  };
}

/** The edge behind Fly, which has terminated TLS and passes the visitor's address in a header. */
function plainEdge(context: SiteContext, caddy: CaddyService): object {
  const routes = [
    { ...HEALTHZ, terminal: true },
    ...(context.plan.spec.fleet.tls.proxied ? [CLOUDFLARE_VISITOR] : []),
    ...visitorRoutes(context, caddy),
  ];
  return {
    ...plainServer(GUEST_PORTS.caddyChecks, routes),
    trusted_proxies: { source: "static", ranges: PROXY_RANGES },
    client_ip_headers: ["Fly-Client-IP"],
    errors: unavailable(),
  };
}

/** Cloudflare's header is trusted only where Fly saw Cloudflare as the visitor. */
const CLOUDFLARE_VISITOR = {
  match: [{ client_ip: { ranges: CLOUDFLARE_RANGES }, header: { "CF-Connecting-IP": ["*"] } }],
  handle: [{ handler: "vars", client_ip: "{http.request.header.CF-Connecting-IP}" }],
};

function visitorRoutes(context: SiteContext, caddy: CaddyService): object[] {
  return [
    ...ownRoutes(context, caddy),
    ...forwardRoutes(context),
    ...sharedRoutes(context, caddy),
    { handle: [respond(421)] },
  ];
}

/** The listener for other regions' Caddies: it serves this region's own name only, so nothing is forwarded twice. */
function internalServer(context: SiteContext, caddy: CaddyService): object {
  return {
    ...plainServer(GUEST_PORTS.caddyInternal, [
      ...ownRoutes(context, caddy),
      { handle: [respond(421)] },
    ]),
    trusted_proxies: { source: "static", ranges: PRIVATE_RANGES },
    client_ip_headers: ["X-Real-Ip"],
    errors: unavailable(),
  };
}

function ownRoutes(context: SiteContext, caddy: CaddyService): object[] {
  const pattern = context.plan.spec.fleet.regionalHostnames;
  if (pattern === undefined) return [];
  const host = [regionalHostname(pattern, context.plan.region.code)];
  return [{ match: [{ host }], handle: [renderSite(context, caddy, "region")], terminal: true }];
}

/** Names every region that Fly sells, in the spec or not, so that an additional region changes no other region's bytes. */
function forwardRoutes({ plan: { spec, region } }: SiteContext): object[] {
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

function sharedRoutes(context: SiteContext, caddy: CaddyService): object[] {
  const host = context.plan.spec.fleet.hostnames;
  if (host.length === 0) return [];
  return [{ match: [{ host }], handle: [renderSite(context, caddy, "everyone")], terminal: true }];
}

/** A failed upstream gives 503 with Retry-After, never another region's response. */
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
