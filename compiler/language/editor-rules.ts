/**
 * Rules that the compiler checks across keys, as far as JSON Schema can say them, so that an editor shows them while
 * the spec is written. They add to what zod writes, and the checks stay the judges: a test holds both to the same
 * verdict.
 */
import { SOLD } from "../catalog/machine-sizes.ts";
import { adding, needs, unique, when } from "../model/editor-rules.ts";
import type { EditorRule, EditorRules } from "../model/editor-rules.ts";
import type { ServiceType, ServiceTypes } from "../services/service-type.ts";
import { titleOf } from "./editor-schema.ts";

/** Returns the rules of all documents by the path of the node: `Caddy.routes[].index`, `Fleet.hostnames`. */
export function documentRules(types: ServiceTypes): EditorRules {
  const rules = [FLEET_RULES, ...Object.values(types).map(typeRules)];
  return Object.fromEntries(rules.flatMap(Object.entries<EditorRule>));
}

function typeRules(type: ServiceType): EditorRules {
  const title = titleOf(type.schema.meta() ?? {});
  const own = Object.entries(type.editorRules).map(
    ([path, rule]) => [`${title}${path}`, rule] as const,
  );
  return {
    ...Object.fromEntries(own),
    [`${title}.autoscale.metrics[]`]: onlyMetrics(type.metrics),
  };
}

/** Of alternatives by `type`, only these. */
function onlyMetrics(names: readonly string[]): EditorRule {
  return (node) => ({
    ...node,
    oneOf: (node["oneOf"] as readonly { properties: { type: { const: string } } }[]).filter(
      ({ properties }) => names.includes(properties.type.const),
    ),
  });
}

/** E206: the memory that comes with each number of CPUs. A missing key is 1 CPU, 512 MB. */
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

/** E215. A missing `mode` is `origin-cert`. */
const tls = adding({
  allOf: [
    when(
      { properties: { mode: { const: "origin-cert" } } },
      { properties: { proxied: { const: true } } },
    ),
    when(needs("mode", "fly-edge"), { properties: { generation: { not: {} } } }),
  ],
});

const FLEET_RULES: EditorRules = {
  "Fleet.hostnames": unique,
  "Fleet.machine": machine,
  "Fleet.regional_hostnames": adding({ pattern: "^[^{}]*\\{region\\}[^{}]*$" }),
  "Fleet.regions.*.machine": machine,
  "Fleet.rollout.region_order": unique,
  "Fleet.tls": tls,
};
