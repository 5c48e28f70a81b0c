import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { oncePer } from "../../plan/memoize-by-identity.ts";
import type { NatsPlan } from "../../model/plan.ts";
import { PATHS } from "../../catalog/guest-paths.ts";

/** nats.conf of one host begins with its name; `natsBody` is the rest. */
export function natsHead(host: string): string {
  return `server_name: ${quote(host)}\n`;
}

/**
 * All but the first line: the same on every host with the same role. `$NAME` are app secrets in the environment: the
 * nkeys exist only after `global` ran. A region's JetStream servers have the region as domain; the other hosts are leaf
 * nodes that speak it as their own. Source: https://docs.nats.io/running-a-nats-service/configuration
 */
export const natsBody = oncePer((nats: NatsPlan): string => {
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
});

function jetstreamLines({ domain, jetstream }: NatsPlan): string[] {
  return [
    "jetstream {",
    `  store_dir: ${quote(PATHS.natsData)}`,
    `  domain: ${domain}`,
    `  max_memory_store: ${jetstream.memoryMb}MB`,
    `  max_file_store: ${jetstream.storageGb}GB`,
    "}",
  ];
}

/** One explicit route per server, itself included: the same on all three, and each is tried until it answers. */
function clusterLines({ domain, routes }: NatsPlan): string[] {
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

function leafLines({ role, remotes }: NatsPlan): string[] {
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
          "      nkey: $NATS_LEAF_SEED",
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

/** Browsers come through Caddy, which has the TLS. */
function websocketLines({ origins }: NatsPlan): string[] {
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
