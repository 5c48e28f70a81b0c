/** Caddy's `reverse_proxy` handler. Source: https://caddyserver.com/docs/json/apps/http/servers/routes/handle/reverse_proxy/ */
export interface ProxyOptions {
  /** `host:port`, best first. */
  readonly dial: readonly string[];
  /** `first`: the nearest that answers. `least_conn`: equals. */
  readonly policy: "first" | "least_conn";
}

/**
 * Answers as they come (server-sent events), WebSocket as it is, the visitor's address in X-Real-Ip. A dial that
 * fails is tried again for 2 s, which bridges a restart; then the server's error routes answer 503.
 */
export function renderProxy({ dial, policy }: ProxyOptions): object {
  return {
    handler: "reverse_proxy",
    upstreams: dial.map((address) => ({ dial: address })),
    load_balancing: {
      selection_policy: { policy },
      try_duration: "2s",
      try_interval: "250ms",
    },
    // With one upstream there is nothing to turn to: marking it down would only keep it down.
    ...(dial.length > 1
      ? { health_checks: { passive: { fail_duration: "5s", max_fails: 1 } } }
      : {}),
    headers: { request: { set: { "X-Real-Ip": ["{http.vars.client_ip}"] } } },
    flush_interval: -1,
    transport: { protocol: "http", dial_timeout: "2s" },
  };
}
