import { hostname } from "node:os";

/** What the worker is told by its environment. */
export interface Settings {
  /** Name of the queue, lower case: jobs come under the subject `<queue>.<region>.<job id>`. */
  readonly queue: string;
  readonly region: string;
  readonly host: string;
  readonly slot: string;
  readonly nats: NatsSettings;
  readonly pocketbase: { readonly url: string; readonly password: string };
  /** Where `/healthz` is served; without a port it isn't. */
  readonly health: { readonly host: string; readonly port: number } | undefined;
  /** Copies of the stream; needs as many JetStream servers in the region. */
  readonly streamReplicas: number;
}

export interface NatsSettings {
  readonly url: string;
  /** nkey seed of a NATS user, `SU…`. */
  readonly seed: string;
}

/**
 * Reads the worker's settings: `NATS_URL`, `NATS_APP_SEED`, `POCKETBASE_URL`, `POCKETBASE_WORKER_PASSWORD` and
 * `FLOTILLA_REGION` are needed, `QUEUE` (default `jobs`), `STREAM_REPLICAS` (1), `PORT_HTTP` or `PORT` (no health
 * server), `BIND_ADDRESS` (127.0.0.1), `FLOTILLA_HOST` and `FLOTILLA_SLOT` are not.
 * Throws one Error that names every variable that is missing or wrong, and no value.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  function need(name: string): string {
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
    region: need("FLOTILLA_REGION"),
    host: env["FLOTILLA_HOST"] || hostname(),
    slot: env["FLOTILLA_SLOT"] || "worker",
    nats: { url: need("NATS_URL"), seed: need("NATS_APP_SEED") },
    pocketbase: { url: need("POCKETBASE_URL"), password: need("POCKETBASE_WORKER_PASSWORD") },
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
