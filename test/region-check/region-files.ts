/** Rendered files of a small region, as the guest would have them: a data host and a leaf proxy. */

const processCompose = (host: string): string => `version: "0.5"
name: acme-${host}
is_strict: true
is_tui_disabled: true
ordered_shutdown: true
shell: {shell_command: /bin/sh, shell_argument: -c}
processes:
  nats:
    entrypoint: [/flotilla/bin/run, NATS_APP_PUBLIC, --, /flotilla/bin/nats-server, -c, /flotilla/etc/nats.conf]
    availability: {restart: always, backoff_seconds: 2}
    readiness_probe: {http_get: {host: 127.0.0.1, scheme: http, port: "8222", path: "/healthz?js-server-only=true"}, period_seconds: 2, timeout_seconds: 2, failure_threshold: 30}
    shutdown: {signal: 12, timeout_seconds: 40}
  worker-0:
    entrypoint: [/flotilla/bin/run, "-", --, node, /flotilla/app/worker.ts]
    environment: ["PRICE=5 $$"]
    is_disabled: "\${DISABLED_WORKER_0}"
    depends_on: {nats: {condition: process_healthy}}
    availability: {restart: always, backoff_seconds: 2}
    shutdown: {signal: 15, timeout_seconds: 30}
`;

const caddyJson = JSON.stringify({
  admin: { listen: "127.0.0.1:2019", config: { persist: false } },
  storage: { module: "file_system", root: "/flotilla/data/caddy" },
  apps: {
    tls: {
      certificates: {
        load_files: [
          { certificate: "/flotilla/etc/tls/origin.pem", key: "/flotilla/etc/tls/origin.key" },
        ],
      },
    },
    http: {
      grace_period: "10s",
      metrics: {},
      servers: {
        edge: {
          listen: ["[::]:8444"],
          protocols: ["h1", "h2"],
          automatic_https: { disable: true },
          tls_connection_policies: [{}],
          listener_wrappers: [
            { wrapper: "proxy_protocol", fallback_policy: "use" },
            { wrapper: "tls" },
          ],
          routes: [
            {
              match: [{ path: ["/api/*", "/_/*"] }],
              handle: [
                {
                  handler: "reverse_proxy",
                  load_balancing: { selection_policy: { policy: "first" }, try_duration: "5s" },
                  upstreams: [{ dial: "iad-0.host.kv._metadata.acme.internal:8090" }],
                },
              ],
            },
          ],
        },
      },
    },
  },
});

const natsCore = `server_name: iad-0
listen: "[::]:4222"
http: "[::]:8222"
jetstream { store_dir: /flotilla/data/nats, domain: iad, max_memory_store: 64MB, max_file_store: 1GB }
leafnodes { listen: "[::]:7422" }
lame_duck_duration: "30s"
lame_duck_grace_period: "5s"
accounts {
  APP: { jetstream: enabled, users: [ {nkey: $NATS_APP_PUBLIC}, {nkey: $NATS_LEAF_PUBLIC}, {nkey: $NATS_OPERATOR_PUBLIC} ] }
  SYS: { users: [ {nkey: $NATS_SYS_PUBLIC} ] }
}
system_account: SYS
websocket { listen: "127.0.0.1:8443", no_tls: true, allowed_origins: ["https://app.example.com"] }
`;

const natsLeaf = `server_name: iad-1
listen: "[::]:4222"
http: "[::]:8222"
lame_duck_duration: "30s"
lame_duck_grace_period: "5s"
default_js_domain: { APP: iad }
leafnodes { remotes: [ { urls: ["nats-leaf://iad-0.host.kv._metadata.acme.internal:7422"], account: APP, nkey: $NATS_LEAF_SEED } ] }
accounts { APP: { users: [ {nkey: $NATS_APP_PUBLIC} ] }, SYS: { users: [ {nkey: $NATS_SYS_PUBLIC} ] } }
system_account: SYS
`;

export interface RegionFiles {
  readonly region: string;
  readonly hosts: Record<string, Record<string, string>>;
  readonly secrets: string[];
  readonly env: Record<string, string>;
}

/** A fresh copy that a test may break. */
export function regionFiles(): RegionFiles {
  return {
    region: "iad",
    hosts: {
      "iad-0": {
        "/flotilla/etc/process-compose.yaml": processCompose("iad-0"),
        "/flotilla/etc/caddy.json": caddyJson,
        "/flotilla/etc/nats.conf": natsCore,
      },
      "iad-1": {
        "/flotilla/etc/process-compose.yaml": processCompose("iad-1"),
        "/flotilla/etc/caddy.json": caddyJson,
        "/flotilla/etc/nats.conf": natsLeaf,
      },
    },
    secrets: [
      "NATS_APP_PUBLIC",
      "NATS_LEAF_PUBLIC",
      "NATS_LEAF_SEED",
      "NATS_OPERATOR_PUBLIC",
      "NATS_SYS_PUBLIC",
      "ORIGIN_CERT",
      "ORIGIN_KEY",
    ],
    env: { FLOTILLA_SLOTS: "worker=1" },
  };
}
