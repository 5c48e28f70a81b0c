/** Words of Compose, Fly and Kubernetes that people write, and what they are called here. */
const FAMILIAR: Readonly<Record<string, string>> = {
  args: "Add the arguments to `command`, a list.",
  auto_start_machines: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  auto_stop_machines: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  autostart: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  autostop: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  build: "Build the image before, and name it in the Fleet's `image`.",
  checks: "Write `readiness_probe`; Fly's own checks are made from the services.",
  cmd: "Write `command`, a list.",
  container_name: "Write `name`.",
  deploy: "Write `regions: { <region>: { replicas: 2 } }`.",
  domains: "Write `hostnames` in the Fleet.",
  entrypoint: "Write `command`, a list.",
  env: "Write `environment`.",
  env_file: "Write the values under `environment`, or name `secrets`.",
  envs: "Write `environment`.",
  expose: "Write `ports: { <name>: <number> }`.",
  guest: "Write `machine` in the Fleet.",
  healthcheck: "Write `readiness_probe`.",
  http_get: "Write `http: { port, path }`.",
  http_service: "Write `routes` in the Caddy service.",
  instances: "Write `replicas` under `regions.<region>`.",
  interval: "Write `period`.",
  kill_signal: "It is SIGTERM, and SIGUSR2 (lame duck) for NATS.",
  kill_timeout: "Write `stop_timeout`.",
  liveness_probe:
    "Process Compose acts on it for daemons only. `readiness_probe` restarts a process that fails it.",
  min_machines_running:
    "Write `idle: { stop: true, keep: 1 }` under the Fleet's `regions.<region>`.",
  mounts: "Only PocketBase and NATS have volumes: `storage_gb`.",
  networks: "All hosts of a fleet share one private network.",
  org: "Write `organization`.",
  primary_region: "Write `regions`; the NATS `hub` and PocketBase's `writer` name one.",
  processes: "Write one file with `kind: Service` for each.",
  restart_policy: "Write `restart`.",
  retries: "Write `failure_threshold`.",
  scale: "Write `replicas` under `regions.<region>`.",
  services: "Write one file with `kind: Service` for each.",
  start_period: "Write `start_timeout`.",
  stop_grace_period: "Write `stop_timeout`.",
  tcp: "Process Compose has no TCP probe: use `http`, or `exec` with a program that connects.",
  user: "Set it in the image.",
  vm: "Write `machine` in the Fleet.",
  volumes: "Only PocketBase and NATS have volumes: `storage_gb`.",
  workdir: "Write `working_dir`.",
  "<<": "YAML 1.2 has no merge keys: write the values out, or use `default` under `regions`.",
};

/** What a key from elsewhere is called here, as a hint. */
export function familiarHint(key: string): string | undefined {
  return Object.hasOwn(FAMILIAR, key) ? FAMILIAR[key] : undefined;
}
