import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "./address.ts";
import { makeNkey } from "./nats.ts";
import type { Nkey } from "./nats.ts";
import { imageFolder } from "./programs.ts";

type Program = "process-compose" | "caddy" | "nats-server" | "pocketbase";

/** One host of a region, whole: what the image carries, and files as the compiler renders them. */
export interface MachineRoot {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly operator: Nkey;
  readonly processComposeUrl: string;
  readonly caddyUrl: string;
  readonly natsUrl: string;
}

/** Two worker slots, one of them on. The host's addresses are `host`, its ports free ones. */
export async function makeMachineRoot(
  root: string,
  host: string,
  programs: Record<Program, string>,
): Promise<MachineRoot> {
  for (const folder of ["bin", "etc"]) await mkdir(join(root, folder), { recursive: true });
  for (const folder of ["app", "www", "pb_migrations", "pb_hooks"])
    await symlink(join(imageFolder, folder), join(root, folder));
  for (const script of ["entry", "run"])
    await symlink(join(imageFolder, "bin", script), join(root, "bin", script));
  for (const [name, path] of Object.entries(programs)) await symlink(path, join(root, "bin", name));
  await symlink(process.execPath, join(root, "bin/node"));

  const [api = 0, nats = 0, natsHttp = 0, pb = 0, web = 0, ...workers] = await Promise.all(
    Array.from({ length: 7 }, () => freePort(host)),
  );
  const keys = { app: makeNkey(), operator: makeNkey() };
  await writeFile(
    join(root, "etc/nats.conf"),
    `server_name: iad-0
listen: "${host}:${nats}"
http: "${host}:${natsHttp}"
jetstream { store_dir: "${root}/data/nats", domain: iad, max_memory_store: 16MB, max_file_store: 64MB }
lame_duck_duration: "30s"
lame_duck_grace_period: "5s"
accounts { APP: { jetstream: enabled, users: [{nkey: $NATS_APP_PUBLIC}, {nkey: $NATS_OPERATOR_PUBLIC}] } }
`,
  );
  await writeFile(
    join(root, "etc/caddy.json"),
    JSON.stringify(caddyConfig(root, `${host}:${web}`, `${host}:${pb}`)),
  );
  // JSON is YAML.
  await writeFile(
    join(root, "etc/process-compose.yaml"),
    JSON.stringify({
      version: "0.5",
      name: "acme-iad-0",
      is_strict: true,
      is_tui_disabled: true,
      ordered_shutdown: true,
      shell: { shell_command: "/bin/sh", shell_argument: "-c" },
      processes: {
        nats: service(
          root,
          "NATS_APP_PUBLIC,NATS_OPERATOR_PUBLIC",
          ["nats-server", "-c", `${root}/etc/nats.conf`],
          {
            readiness_probe: probe(host, natsHttp, "/healthz?js-server-only=true"),
            shutdown: { signal: 12, timeout_seconds: 40 },
          },
        ),
        pocketbase: service(
          root,
          "POCKETBASE_ADMIN_PASSWORD,POCKETBASE_WORKER_PASSWORD",
          pocketbaseCommand(root, `${host}:${pb}`),
          {
            readiness_probe: probe(host, pb, "/api/health"),
            shutdown: { signal: 15, timeout_seconds: 15 },
          },
        ),
        caddy: service(
          root,
          "XDG_DATA_HOME,XDG_CONFIG_HOME",
          ["caddy", "run", "--config", `${root}/etc/caddy.json`],
          {
            environment: [`XDG_DATA_HOME=${root}/data/caddy`, `XDG_CONFIG_HOME=${root}/tmp/caddy`],
            depends_on: {
              nats: { condition: "process_healthy" },
              pocketbase: { condition: "process_healthy" },
            },
            readiness_probe: probe(host, web, "/healthz"),
            shutdown: { signal: 15, timeout_seconds: 15 },
          },
        ),
        ...Object.fromEntries(
          workers.map((port, i) => [
            `worker-${i}`,
            service(
              root,
              "QUEUE,API_KEY,NATS_APP_SEED,POCKETBASE_WORKER_PASSWORD",
              ["node", `${root}/app/worker.ts`],
              {
                is_disabled: `\${DISABLED_WORKER_${i}}`,
                environment: [
                  `PORT=${port}`,
                  `PORT_HTTP=${port}`,
                  `BIND_ADDRESS=[${host}]`,
                  `NATS_URL=nats://${host}:${nats}`,
                  `POCKETBASE_URL=http://${host}:${pb}`,
                  `FLOTILLA_SLOT=worker-${i}`,
                  "QUEUE=jobs",
                ],
                depends_on: { nats: { condition: "process_healthy" } },
                readiness_probe: probe(host, port, "/healthz"),
                shutdown: { signal: 15, timeout_seconds: 30 },
              },
            ),
          ]),
        ),
      },
    }),
  );
  return {
    root,
    operator: keys.operator,
    processComposeUrl: `http://${host}:${api}`,
    caddyUrl: `http://${host}:${web}`,
    natsUrl: `nats://${host}:${nats}`,
    env: {
      PATH: "/usr/bin:/bin",
      FLOTILLA_ROOT: root,
      FLOTILLA_REGION: "iad",
      FLOTILLA_HOST: "iad-0",
      FLOTILLA_SLOTS: "worker=2",
      ACTIVE_WORKER: "1",
      PC_ADDRESS: host,
      PC_PORT_NUM: String(api),
      // App secrets: Fly puts all of them into the Machine's environment.
      NATS_APP_PUBLIC: keys.app.publicKey,
      NATS_OPERATOR_PUBLIC: keys.operator.publicKey,
      NATS_APP_SEED: keys.app.seed,
      POCKETBASE_ADMIN_PASSWORD: "secret-of-the-admin",
      POCKETBASE_WORKER_PASSWORD: "secret-of-the-worker",
      API_KEY: "secret-api-key",
      ORIGIN_KEY: "secret-origin-key",
    },
  };
}

function service(
  root: string,
  keep: string,
  [program = "", ...args]: readonly string[],
  rest: object,
): object {
  return {
    entrypoint: [`${root}/bin/run`, keep, "--", `${root}/bin/${program}`, ...args],
    availability: { restart: "always", backoff_seconds: 2 },
    ...rest,
  };
}

function probe(host: string, port: number, path: string): object {
  return {
    http_get: { host, scheme: "http", port: String(port), path },
    period_seconds: 1,
    timeout_seconds: 2,
    failure_threshold: 30,
  };
}

function pocketbaseCommand(root: string, listen: string): string[] {
  return [
    "pocketbase",
    "serve",
    `--http=${listen}`,
    `--dir=${root}/data/pb`,
    `--migrationsDir=${root}/pb_migrations`,
    `--hooksDir=${root}/pb_hooks`,
    `--publicDir=${root}/tmp/none`,
    "--hooksWatch=false",
    "--automigrate=false",
    "--dev=false",
  ];
}

function caddyConfig(root: string, listen: string, pocketbase: string): object {
  return {
    admin: { disabled: true },
    storage: { module: "file_system", root: `${root}/data/caddy` },
    apps: {
      http: {
        grace_period: "10s",
        servers: {
          web: {
            listen: [listen],
            automatic_https: { disable: true },
            routes: [
              {
                match: [{ path: ["/healthz"] }],
                handle: [{ handler: "static_response", status_code: 200 }],
              },
              {
                match: [{ path: ["/api/*"] }],
                handle: [{ handler: "reverse_proxy", upstreams: [{ dial: pocketbase }] }],
              },
              { handle: [{ handler: "file_server", root: `${root}/www` }] },
            ],
          },
        },
      },
    },
  };
}
