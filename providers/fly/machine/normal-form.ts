/**
 * The normal form of a Machine's configuration. Fly echoes a configuration in another spelling: durations, defaults,
 * autostop as a boolean, null for an empty list, parts that weren't sent. Only the parts that flotilla owns are
 * compared, each reduced to its meaningful fields, with defaults filled in.
 * Source: fly-go, machine_types.go; flyctl, internal/command/deploy/plan.go (compareConfigs).
 */
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { sha256 } from "../../../lib/hash.ts";
import { normalDuration } from "./go-duration.ts";
import { isBootDefault } from "./slot-environment.ts";

/** Our parts of a `config` in normal form, without `image`, which `isSameImage` compares. */
export type NormalConfig = Readonly<Record<string, unknown>>;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns the normal form of a configuration.
 *
 * @param metadataKeys the metadata keys that flotilla owns; others may belong to somebody else
 */
export function normalConfig(config: Fields, metadataKeys: readonly string[]): NormalConfig {
  const metadata = fields(config["metadata"]);
  return {
    // Older states call this part `env` and include the boot defaults in it.
    environment: Object.fromEntries(
      Object.entries(fields(config["env"])).filter(([name]) => !isBootDefault(name)),
    ),
    guest: withDefaults(config["guest"], { cpu_kind: "shared", cpus: 1, memory_mb: 256 }),
    metadata: Object.fromEntries(metadataKeys.map((key) => [key, metadata[key] ?? null])),
    services: list(config["services"]).map(normalService),
    checks: Object.fromEntries(
      Object.entries(fields(config["checks"])).map(([name, check]) => [name, normalCheck(check)]),
    ),
    restart: withDefaults(config["restart"], { policy: "on-failure", max_retries: 0 }),
    stop_config: normalStop(config["stop_config"]),
    metrics: isEmpty(config["metrics"])
      ? null
      : withDefaults(config["metrics"], { port: 0, path: "/metrics", https: false }),
    files: list(config["files"]).map(normalFile).toSorted(byPath),
    mounts: list(config["mounts"]).map((mount) => withDefaults(mount, { volume: "", path: "" })),
    // Flotilla never sets these two; they are compared so that somebody else's setting shows.
    auto_destroy: config["auto_destroy"] === true,
    schedule: config["schedule"] || null,
  };
}

/** Returns the part `env` as older versions hashed it, so that their states can still be compared. */
export function legacyEnvironment(config: Fields): Readonly<Record<string, string>> {
  return fingerprint({ env: fields(config["env"]) });
}

/** Returns a short hash per part, which shows the parts that differ and stays small in Pulumi's state. */
export function fingerprint(config: NormalConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(config).map(([part, value]) => [
      part,
      sha256(canonicalJson(value)).slice(0, 12),
    ]),
  );
}

/** Returns the names of the parts in which two fingerprints differ, sorted. */
export function changedParts(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): readonly string[] {
  const parts = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...parts].filter((part) => a[part] !== b[part]).toSorted();
}

function normalService(value: unknown): Fields {
  const service = fields(value);
  return {
    ...withDefaults(service, { protocol: "tcp", internal_port: 0, min_machines_running: 0 }),
    autostart: service["autostart"] === true,
    autostop: normalAutostop(service["autostop"]),
    ports: list(service["ports"]).map((port) => ({
      ...withDefaults(port, { port: null, start_port: null, end_port: null, force_https: false }),
      handlers: list(fields(port)["handlers"]),
      http_options: compact(fields(port)["http_options"]),
      tls_options: compact(fields(port)["tls_options"]),
      proxy_proto_options: compact(fields(port)["proxy_proto_options"]),
    })),
    checks: list(service["checks"]).map(normalCheck),
    concurrency: isEmpty(service["concurrency"])
      ? null
      : withDefaults(service["concurrency"], { type: "connections", soft_limit: 0, hard_limit: 0 }),
  };
}

/** Sent as `off`, `stop`, `suspend`; echoed as `false`, `true`, `suspend`. */
function normalAutostop(value: unknown): string {
  if (value === true || value === "stop") return "stop";
  return value === "suspend" ? "suspend" : "off";
}

function normalCheck(value: unknown): Fields {
  const check = fields(value);
  const isHttp = check["type"] === "http";
  return {
    ...withDefaults(check, { type: null, port: 0, tls_skip_verify: false, tls_server_name: "" }),
    method: isHttp ? normalMethod(check["method"]) : null,
    path: isHttp ? check["path"] || "/" : null,
    protocol: isHttp ? check["protocol"] || "http" : null,
    headers: list(check["headers"]),
    interval: normalDuration(check["interval"] ?? null),
    timeout: normalDuration(check["timeout"] ?? null),
    // Fly echoes an unset grace period as zero or not at all.
    grace_period: normalDuration(check["grace_period"] ?? 0),
  };
}

function normalMethod(value: unknown): string {
  return typeof value === "string" && value !== "" ? value.toUpperCase() : "GET";
}

function normalStop(value: unknown): Fields {
  const stop = fields(value);
  return { signal: stop["signal"] || "SIGINT", timeout: normalDuration(stop["timeout"] || "5s") };
}

function normalFile(value: unknown): Fields {
  const file = fields(value);
  const raw = file["raw_value"];
  return {
    ...withDefaults(file, { guest_path: "", secret_name: null, mode: 0 }),
    content: typeof raw === "string" && raw !== "" ? sha256(raw) : null,
  };
}

function byPath(a: Fields, b: Fields): number {
  return String(a["guest_path"]) < String(b["guest_path"]) ? -1 : 1;
}

/** Returns exactly the named fields, with a default for each unset one. */
function withDefaults(value: unknown, defaults: Fields): Fields {
  const given = fields(value);
  return Object.fromEntries(
    Object.entries(defaults).map(([key, fallback]) => [
      key,
      isEmpty(given[key]) ? fallback : given[key],
    ]),
  );
}

/** Returns the value without its empty members; null if none is left. */
function compact(value: unknown): unknown {
  const kept = Object.entries(fields(value)).filter(([, member]) => !isEmpty(member));
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
