/**
 * Rules that the compiler checks across keys, as far as JSON Schema can say them, so that an editor shows them while
 * the spec is written. By the path of the node; they add to what zod writes, and the checks stay the judges: a
 * test holds both to the same verdict.
 */
import { SOLD } from "../catalog/machine-sizes.ts";
import {
  HOP_HEADERS,
  OWN_REQUEST_HEADERS,
  PLATFORM_SECRETS,
  RESERVED_NAMES,
  RESERVED_PREFIXES,
} from "../catalog/reserved-names.ts";

export interface JsonNode {
  readonly [keyword: string]: unknown;
}

type Rule = (node: JsonNode) => JsonNode;

/** By path: `Caddy.routes[].index`, `process.regions.*.environment`. */
export type EditorRules = Readonly<Record<string, Rule>>;

function adding(keywords: JsonNode): Rule {
  return (node) => ({ ...node, ...keywords });
}

const unique = adding({ uniqueItems: true });

function exactlyOne(...keys: readonly string[]): JsonNode {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}

/** A key that says something only if another has a certain value. */
function needs(key: string, value: unknown): JsonNode {
  return { properties: { [key]: { const: value } }, required: [key] };
}

export function when(condition: JsonNode, consequence: unknown): JsonNode {
  // oxlint-disable-next-line unicorn/no-thenable -- it is JSON Schema's word; nobody awaits a schema
  return { if: condition, then: consequence };
}

/** Of alternatives by `type`, only these. */
function onlyTypes(...types: readonly string[]): Rule {
  return (node) => ({
    ...node,
    oneOf: (node["oneOf"] as readonly { properties: { type: { const: string } } }[]).filter(
      ({ properties }) => types.includes(properties.type.const),
    ),
  });
}

const reserved = `^(${RESERVED_PREFIXES.join("|")})|^(${RESERVED_NAMES.join("|")})$`;

/** E315, E328. */
const noPlatformSecret = adding({
  not: { anyOf: [{ pattern: reserved }, { enum: PLATFORM_SECRETS }] },
});

/** E206: the memory that comes with each number of CPUs. What isn't written is 1 CPU, 512 MB. */
const machine = adding({
  allOf: Object.entries(SOLD).map(([kind, { cpus, memoryPerCpu, step }]) =>
    when(
      kind === "shared" ? { properties: { cpu_kind: { const: kind } } } : needs("cpu_kind", kind),
      {
        properties: { cpus: { enum: cpus }, memory_mb: { multipleOf: step } },
        allOf: cpus.map((count) => {
          const [least, most] = [memoryPerCpu[0] * count, memoryPerCpu[1] * count];
          return when(count === 1 ? { properties: { cpus: { const: 1 } } } : needs("cpus", count), {
            properties: { memory_mb: { minimum: least, maximum: most } },
            ...(least > 512 ? { required: ["memory_mb"] } : {}),
          });
        }),
      },
    ),
  ),
});

/** E215. What isn't written is `origin-cert`. */
const tls = adding({
  allOf: [
    when(
      { properties: { mode: { const: "origin-cert" } } },
      { properties: { proxied: { const: true } } },
    ),
    when(needs("mode", "fly-edge"), { properties: { generation: { not: {} } } }),
  ],
});

/** E324, of every service. */
const scalable = { autoscale: needs("scalable", true) };
const infraOnly = adding({ enum: ["infra"] });

/** No name that fits; the rules of names that are there stay. */
function noName(pattern: string): Rule {
  return (node) => ({
    ...node,
    propertyNames: { ...(node["propertyNames"] as JsonNode), not: { pattern } },
  });
}

/** E334. Headers don't differ by case, and patterns have no flag for it. */
function noHeader(names: readonly string[]): Rule {
  const anyCase = names.map((name) =>
    name.replaceAll(/[a-z]/gu, (letter) => `[${letter}${letter.toUpperCase()}]`),
  );
  return noName(`^(${anyCase.join("|")})$`);
}
export const EDITOR_RULES: EditorRules = {
  "Fleet.hostnames": unique,
  "Fleet.machine": machine,
  "Fleet.regional_hostnames": adding({ pattern: "^[^{}]*\\{region\\}[^{}]*$" }),
  "Fleet.regions.*.machine": machine,
  "Fleet.rollout.region_order": unique,
  "Fleet.tls": tls,

  Caddy: adding({ dependencies: scalable }),
  "Caddy.autoscale.metrics[]": onlyTypes("cpu", "memory", "in_flight", "latency"),
  "Caddy.routes[]": adding({
    ...exactlyOne("to", "root"),
    dependencies: {
      port: ["to"],
      index: ["root"],
      fallback: ["root"],
      root: { properties: { headers: { properties: { request: { not: {} } } } } },
    },
  }),
  "Caddy.routes[].headers.request": noHeader([...HOP_HEADERS, ...OWN_REQUEST_HEADERS]),
  "Caddy.routes[].headers.response": noHeader(HOP_HEADERS),
  "Caddy.routes[].index": unique,
  "Caddy.routes[].path": unique,
  "Caddy.scale_strategy": infraOnly,

  NATS: adding({ dependencies: scalable }),
  "NATS.autoscale.metrics[]": onlyTypes("cpu", "memory"),
  "NATS.scale_strategy": infraOnly,

  PocketBase: adding({ dependencies: scalable }),
  "PocketBase.autoscale.metrics[]": onlyTypes("cpu", "memory"),
  "PocketBase.backup.s3.access_key": noPlatformSecret,
  "PocketBase.backup.s3.secret": noPlatformSecret,
  "PocketBase.regions.*.max": adding({ maximum: 1 }),
  "PocketBase.regions.*.replicas": adding({ maximum: 1 }),
  "PocketBase.scale_strategy": infraOnly,

  process: adding({
    dependencies: {
      ...scalable,
      max_per_host: needs("scale_strategy", "local"),
      spread: needs("scale_strategy", "local"),
      readiness_probe: { properties: { restart: { const: "always" } } },
    },
    allOf: [
      when(needs("scale_strategy", "local"), { required: ["max_per_host"] }),
      when(needs("restart", "no"), {
        properties: { max_restarts: { const: 0 }, restart_delay: { not: {} } },
      }),
    ],
  }),
  "process.autoscale.metrics[]": onlyTypes("queue_depth", "cpu", "memory"),
  "process.depends_on": unique,
  "process.environment": noName(reserved),
  "process.readiness_probe": adding(exactlyOne("http", "exec")),
  "process.regions.*.environment": noName(reserved),
  "process.secrets": unique,
  "process.secrets[]": noPlatformSecret,
};
