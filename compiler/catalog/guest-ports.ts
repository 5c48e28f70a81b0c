/** Ports of a host that are taken, by what listens there. No service of a spec may use them. */
export const GUEST_PORTS = {
  caddyTls: 8444,
  caddyChecks: 8080,
  caddyInternal: 8081,
  caddyMetrics: 9180,
  caddyAdmin: 2019,
  natsClients: 4222,
  natsCluster: 6222,
  natsLeafs: 7422,
  natsMonitoring: 8222,
  natsWebsocket: 8443,
  pocketbase: 8090,
  processCompose: 9080,
} as const;

/** Port → who has it, for messages. */
export const RESERVED_PORTS: ReadonlyMap<number, string> = new Map([
  [GUEST_PORTS.caddyTls, "Caddy (TLS)"],
  [GUEST_PORTS.caddyChecks, "Caddy (health check)"],
  [GUEST_PORTS.caddyInternal, "Caddy (other regions)"],
  [GUEST_PORTS.caddyMetrics, "Caddy (metrics)"],
  [GUEST_PORTS.caddyAdmin, "Caddy (admin)"],
  [GUEST_PORTS.natsClients, "NATS (clients)"],
  [GUEST_PORTS.natsCluster, "NATS (cluster)"],
  [GUEST_PORTS.natsLeafs, "NATS (leaf nodes)"],
  [GUEST_PORTS.natsMonitoring, "NATS (monitoring)"],
  [GUEST_PORTS.natsWebsocket, "NATS (WebSocket)"],
  [GUEST_PORTS.pocketbase, "PocketBase"],
  [GUEST_PORTS.processCompose, "Process Compose"],
]);
