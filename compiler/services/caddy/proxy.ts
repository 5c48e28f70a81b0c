/** Caddy's `reverse_proxy` handler. Source: https://caddyserver.com/docs/json/apps/http/servers/routes/handle/reverse_proxy/ */
import type { RouteTarget } from "../service-type.ts";

/**
 * Streams responses as they come (server-sent events), passes WebSocket through, and sets the visitor's address in
 * X-Real-Ip. A dial that fails is tried again for 2 s, which bridges a restart; then the error routes answer 503.
 */
export function renderProxy({ dial, policy }: RouteTarget): object {
  return {
    handler: "reverse_proxy",
    upstreams: dial.map((address) => ({ dial: address })),
    load_balancing: {
      selection_policy: { policy },
      try_duration: "2s",
      try_interval: "250ms",
    },
    // With one upstream there is no other to use: marking it down would only keep it down.
    ...(dial.length > 1
      ? { health_checks: { passive: { fail_duration: "5s", max_fails: 1 } } }
      : {}),
    headers: { request: { set: { "X-Real-Ip": ["{http.vars.client_ip}"] } } },
    flush_interval: -1,
    transport: { protocol: "http", dial_timeout: "2s" },
  };
}
