import { FLY_REGIONS } from "../parse/fly-regions.ts";
import { GUEST_PORTS } from "../parse/guest-ports.ts";
import { serviceOfType } from "../parse/spec.ts";
import type { Spec } from "../parse/spec.ts";
import { regionalHostname } from "../plan/names.ts";
import type { NatsPlan } from "../plan/plan.ts";
import { PATHS } from "./paths.ts";

/**
 * nats.conf of one host. `$NAME` are app secrets in the environment: the nkeys exist only after `global` ran.
 * A region's JetStream servers have the region as domain; the other hosts are leaf nodes that speak it as
 * their own. Source: https://docs.nats.io/running-a-nats-service/configuration
 */
export function renderNats(spec: Spec, host: string, nats: NatsPlan): string {
  const core = nats.role === "core";
  const lines = [
    `server_name: ${quote(host)}`,
    `listen: ${quote(`[::]:${GUEST_PORTS.natsClients}`)}`,
    `http: ${quote(`[::]:${GUEST_PORTS.natsMonitoring}`)}`,
    // 30 s is the least NATS takes; the stop timeout leaves room beyond it.
    `lame_duck_duration: "30s"`,
    `lame_duck_grace_period: "5s"`,
    ...(core ? jetstreamLines(nats) : [`default_js_domain: { APP: ${nats.domain} }`]),
    ...clusterLines(nats),
    ...leafLines(nats),
    ...accountLines(core),
    ...websocketLines(spec, nats),
  ];
  return `${lines.join("\n")}\n`;
}

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

/** Browsers come through Caddy, which has the TLS; all names that may ever be served, so a region more changes nothing. */
function websocketLines(spec: Spec, nats: NatsPlan): string[] {
  const routed = serviceOfType(spec, "caddy")?.routes.some(({ to }) => to === nats.service.name);
  if (routed !== true) return [];
  const pattern = spec.fleet.regionalHostnames;
  const regional =
    pattern === undefined ? [] : FLY_REGIONS.map((code) => regionalHostname(pattern, code));
  return [
    "websocket {",
    `  listen: ${quote(`[::]:${GUEST_PORTS.natsWebsocket}`)}`,
    "  no_tls: true",
    "  allowed_origins: [",
    ...[...new Set([...spec.fleet.hostnames, ...regional])].map(
      (name) => `    ${quote(`https://${name}`)}`,
    ),
    "  ]",
    "}",
  ];
}

function quote(text: string): string {
  return JSON.stringify(text);
}
