/** Ports that are taken on every host, by what listens there. No service of a spec may use them. */
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
