import { GUEST_PATHS } from "../../catalog/guest-paths.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { NATS_LEAF_SEED } from "../../catalog/secrets.ts";
import type { NatsDetails } from "./service.ts";

/** Returns the first line of nats.conf, which names the host; `natsBody` is the rest. */
export function natsHead(host: string): string {
  return `server_name: ${quote(host)}\n`;
}

/**
 * Returns nats.conf without its first line: the same on every host with the same role. `$NAME` are app secrets in the
 * environment, as the nkeys exist only after `global` ran. A region's JetStream servers have the region as domain; the other hosts are leaf
 * nodes that speak it as their own. Source: https://docs.nats.io/running-a-nats-service/configuration
 */
export function natsBody(nats: NatsDetails): string {
  const core = nats.role === "core";
  const lines = [
    `listen: ${quote(`[::]:${GUEST_PORTS.natsClients}`)}`,
    `http: ${quote(`[::]:${GUEST_PORTS.natsMonitoring}`)}`,
    // 30 s is the least NATS takes; the stop timeout leaves room beyond it.
    `lame_duck_duration: "30s"`,
    `lame_duck_grace_period: "5s"`,
    ...(core ? jetstreamLines(nats) : [`default_js_domain: { APP: ${nats.domain} }`]),
    ...clusterLines(nats),
    ...leafLines(nats),
    ...accountLines(core),
    ...websocketLines(nats),
  ];
  return `${lines.join("\n")}\n`;
}

function jetstreamLines({ domain, jetstream }: NatsDetails): string[] {
  return [
    "jetstream {",
    `  store_dir: ${quote(GUEST_PATHS.natsData)}`,
    `  domain: ${domain}`,
    `  max_memory_store: ${jetstream.memoryMb}MB`,
    `  max_file_store: ${jetstream.storageGb}GB`,
    "}",
  ];
}

/** The cluster has one explicit route per server, itself included: all servers have the same lines. */
function clusterLines({ domain, routes }: NatsDetails): string[] {
  if (routes.length === 0) return [];
  return [
    "cluster {",
    `  name: ${domain}`,
    `  listen: ${quote(`[::]:${GUEST_PORTS.natsCluster}`)}`,
    "  routes: [",
    ...routes.map((route) => `    ${quote(`nats-route://${route}:${GUEST_PORTS.natsCluster}`)}`),
    "  ]",
    "}",
  ];
}

function leafLines({ role, remotes }: NatsDetails): string[] {
  return [
    "leafnodes {",
    ...(role === "core" ? [`  listen: ${quote(`[::]:${GUEST_PORTS.natsLeafs}`)}`] : []),
    ...(remotes.length === 0
      ? []
      : [
          "  remotes: [",
          "    {",
          "      urls: [",
          ...remotes.map(
            (remote) => `        ${quote(`nats-leaf://${remote}:${GUEST_PORTS.natsLeafs}`)}`,
          ),
          "      ]",
          "      account: APP",
          // The seed itself: a leaf remote takes no path.
          `      nkey: $${NATS_LEAF_SEED}`,
          "    }",
          "  ]",
        ]),
    "}",
  ];
}

/** JetStream can't be enabled for an account where another domain is its default. */
function accountLines(core: boolean): string[] {
  return [
    "accounts {",
    "  APP {",
    ...(core ? ["    jetstream: enabled"] : []),
    "    users: [",
    "      { nkey: $NATS_APP_PUBLIC }",
    "      { nkey: $NATS_OPERATOR_PUBLIC }",
    "      { nkey: $NATS_LEAF_PUBLIC }",
    "    ]",
    "  }",
    "  SYS { users: [ { nkey: $NATS_SYS_PUBLIC } ] }",
    "}",
    "system_account: SYS",
  ];
}

/** The WebSocket listener has no TLS: browsers come through Caddy, which terminates it. */
function websocketLines({ origins }: NatsDetails): string[] {
  if (origins === undefined) return [];
  return [
    "websocket {",
    `  listen: ${quote(`[::]:${GUEST_PORTS.natsWebsocket}`)}`,
    "  no_tls: true",
    "  allowed_origins: [",
    ...origins.map((name) => `    ${quote(`https://${name}`)}`),
    "  ]",
    "}",
  ];
}

function quote(text: string): string {
  return JSON.stringify(text);
}
