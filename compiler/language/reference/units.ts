import type { DocNode } from "./doc-node.ts";
import { branchesOf } from "./doc-node.ts";
import { typeOf } from "./type-text.ts";

/** Units of numbers whose name doesn't say them. */
const UNITS: Readonly<Record<string, string>> = {
  breaches: "samples",
  count: "replicas",
  cpus: "CPUs",
  failure_threshold: "failures",
  generation: "counter",
  hard_limit: "connections or requests",
  keep: "hosts",
  max: "replicas",
  max_attempts: "attempts",
  max_hosts: "hosts",
  max_keep: "backups",
  max_per_host: "replicas",
  max_restarts: "restarts",
  max_unavailable: "hosts",
  min: "replicas",
  percent: "% of the replicas",
  percentile: "% of the requests",
  ports: "port number",
  replicas: "replicas",
  samples: "samples",
  servers: "servers",
  soft_limit: "connections or requests",
  spread: "hosts",
  tolerance: "share of the target",
  version: "version",
  warm_hosts: "hosts",
};

/** Units of `target`, by the metric it is for. */
const TARGETS: Readonly<Record<string, string>> = {
  cpu: "cores",
  in_flight: "requests",
  memory: "MB",
  queue_depth: "messages",
};

const SUFFIXES: readonly (readonly [string, string])[] = [
  ["_gb", "GB"],
  ["_mb", "MB"],
  ["_percent", "%"],
];

/** The unit of a key's number; empty for what is no number, `UNIT_MISSING` for a number nobody gave one. */
export function unitOf(key: string, node: DocNode, parent: DocNode): string {
  const values = branchesOf(node).map(({ additionalProperties: inner, ...own }) =>
    typeof inner === "object" ? inner : own,
  );
  if (values.some((value) => typeOf(value).startsWith("duration")))
    return values.some((value) => typeOf(value).includes("`ms`")) ? "`ms`, `s`" : "`s`, `m`, `h`";
  const isNumber = values.some(({ type }) => type === "integer" || type === "number");
  if (!isNumber) return "";
  const suffix = SUFFIXES.find(([end]) => key.endsWith(end));
  const metric = key === "target" ? String(parent.properties?.["type"]?.const) : "";
  return suffix?.[1] ?? UNITS[key] ?? TARGETS[metric] ?? UNIT_MISSING;
}

export const UNIT_MISSING = "?";
