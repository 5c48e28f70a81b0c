import { walkKeys } from "./schema-nodes.ts";
import type { JsonSchema } from "./schema-nodes.ts";

/** Words of Compose, Fly and Kubernetes that no single key stands for, and what to write instead. */
const WITHOUT_KEY: Readonly<Record<string, string>> = {
  args: "Add the arguments to `command`, a list.",
  auto_start_machines: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  auto_stop_machines: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  autostart: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  autostop: "Write `idle: { stop: true }` under the Fleet's `regions.<region>`.",
  build: "Build the image before, and name it in the Fleet's `image`.",
  deploy: "Write `regions: { <region>: { replicas: 2 } }`.",
  env_file: "Write the values under `environment`, or name `secrets`.",
  expose: "Write `ports: { <name>: <number> }`.",
  http_get: "Write `http: { port, path }`.",
  kill_signal: "It is SIGTERM, and SIGUSR2 (lame duck) for NATS.",
  liveness_probe:
    "Process Compose acts on it for daemons only. `readiness_probe` restarts a process that fails it.",
  min_machines_running:
    "Write `idle: { stop: true, keep: 1 }` under the Fleet's `regions.<region>`.",
  mounts: "Only PocketBase and NATS have volumes: `storage_gb`.",
  networks: "All hosts of a fleet share one private network.",
  processes: "Write one file with `kind: Service` for each.",
  services: "Write one file with `kind: Service` for each.",
  tcp: "Process Compose has no TCP probe: use `http`, or `exec` with a program that connects.",
  user: "Set it in the image.",
  volumes: "Only PocketBase and NATS have volumes: `storage_gb`.",
  "<<": "YAML 1.2 has no merge keys: write the values out, or use `default` under `regions`.",
};

/** A word of another tool for a key of the language. */
export interface FamiliarKey {
  /** What it is called here; undefined: no single key stands for it. */
  readonly key: string | undefined;
  readonly hint: string;
  /** Whether the hint says more than the key's name. */
  readonly isExplained: boolean;
}

/** Words of other tools by what people write. */
export type FamiliarKeys = ReadonlyMap<string, FamiliarKey>;

/** Collects the words that keys of the schemas carry as `familiar`, and those that no single key stands for. */
export function collectFamiliarKeys(schemas: readonly JsonSchema[]): FamiliarKeys {
  const found = new Map<string, FamiliarKey>(
    Object.entries(WITHOUT_KEY).map(([word, hint]) => [
      word,
      { key: undefined, hint, isExplained: true },
    ]),
  );
  for (const schema of schemas)
    walkKeys(schema, (key, { familiar = {} }) => {
      for (const [word, hint] of Object.entries(familiar))
        found.set(word, {
          key,
          hint: hint === true ? `Write \`${key}\`.` : hint,
          isExplained: hint !== true,
        });
    });
  return found;
}
