import { hostname } from "node:os";

/** The worker's settings, from its environment. */
export interface Settings {
  /** Name of the queue, lower case: the subject of a job is `<queue>.<region>.<job id>`. */
  readonly queue: string;
  readonly region: string;
  readonly host: string;
  readonly slot: string;
  readonly nats: NatsSettings;
  readonly pocketbase: { readonly url: string; readonly password: string };
  /** Address of `/healthz`; undefined: no port is set, so it isn't served. */
  readonly health: { readonly host: string; readonly port: number } | undefined;
  /** Replicas of the stream. The region needs at least as many JetStream servers. */
  readonly streamReplicas: number;
}

export interface NatsSettings {
  readonly url: string;
  /** nkey seed of a NATS user, `SU…`. */
  readonly seed: string;
}

/**
 * Reads the worker's settings: `NATS_URL`, `NATS_APP_SEED`, `POCKETBASE_URL`, `POCKETBASE_WORKER_PASSWORD` and
 * `FLOTILLA_REGION` are required; `QUEUE` (default `jobs`), `STREAM_REPLICAS` (1), `PORT_HTTP` or `PORT` (no health
 * server), `BIND_ADDRESS` (127.0.0.1), `FLOTILLA_HOST` and `FLOTILLA_SLOT` are optional.
 *
 * @throws {Error} that names every variable that is missing or wrong, and no value
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  function required(name: string): string {
    const value = env[name] ?? "";
    if (value === "") problems.push(`${name} is not set`);
    return value;
  }
  function integer(name: string, fallback: string, max: number): number {
    const text = env[name] || fallback;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 1 && value <= max))
      problems.push(`${name} is not a whole number from 1 to ${max}`);
    return value;
  }
  const queue = env["QUEUE"] || "jobs";
  if (!/^[a-z0-9_-]+$/.test(queue)) problems.push("QUEUE may hold a-z, 0-9, - and _ only");
  const portName = env["PORT_HTTP"] ? "PORT_HTTP" : "PORT";
  const settings: Settings = {
    queue,
    region: required("FLOTILLA_REGION"),
    host: env["FLOTILLA_HOST"] || hostname(),
    slot: env["FLOTILLA_SLOT"] || "worker",
    nats: { url: required("NATS_URL"), seed: required("NATS_APP_SEED") },
    pocketbase: {
      url: required("POCKETBASE_URL"),
      password: required("POCKETBASE_WORKER_PASSWORD"),
    },
    health: env[portName]
      ? { host: env["BIND_ADDRESS"] || "127.0.0.1", port: integer(portName, "", 65_535) }
      : undefined,
    streamReplicas: integer("STREAM_REPLICAS", "1", 5),
  };
  if (problems.length > 0) {
    throw new Error(
      `the worker can't start: ${problems.join("; ")}. Name them in the service's \`secrets\` or \`environment\`.`,
    );
  }
  return settings;
}
