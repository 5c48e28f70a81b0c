/** A service type that the product doesn't have: all of it is in this file. */
import { z } from "zod";
import { adding, infraOnly, needsScalable } from "../../compiler/model/editor-rules.ts";
import { httpCheck } from "../../compiler/model/machine-check.ts";
import { hostSlots, slotAddress } from "../../compiler/model/names.ts";
import { resolveRegions } from "../../compiler/model/region-counts.ts";
import { byRegionOrDefault, positive, secretName } from "../../compiler/model/schema-parts.ts";
import { regionCounts, serviceCommon } from "../../compiler/model/service-schema.ts";
import { countsIn } from "../../compiler/model/spec.ts";
import type { Service } from "../../compiler/model/spec.ts";
import { SIGTERM, serverDependency, serverProbe } from "../../compiler/services/server.ts";
import type { ServiceType } from "../../compiler/services/service-type.ts";
import { diagnose } from "../../compiler/text/source.ts";

const PORT = 7007;
const CONFIG = "/flotilla/etc/echo.conf";

const schema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("echo"),
    regions: byRegionOrDefault(z.strictObject(regionCounts), "Replicas by region, or `default`."),
    memory_gb: positive(
      { description: "How much it remembers.", unit: "GB", defaultText: "1" },
      100,
      2,
    ).default(1),
    token: secretName.meta({
      description: "Name of the secret that opens it.",
      examples: ["ECHO_TOKEN"],
      familiar: { password: true },
    }),
  })
  .meta({ title: "Service: Echo", description: "Says again what it was told." });

interface EchoService extends Service {
  readonly memoryGb: number;
  readonly token: string;
}

export const echo: ServiceType<z.output<typeof schema>, EchoService, { readonly peer: string }> = {
  name: "echo",
  label: "Echo",

  schema,
  editorRules: { "": adding({ dependencies: needsScalable }), ".scale_strategy": infraOnly },
  codes: { E399: { title: "Echo of itself", why: "It would never end." } },
  metrics: ["cpu"],
  stopSeconds: { default: 9, least: 3 },
  normalize: (given, base, fleetRegions) => ({
    ...base,
    memoryGb: given.memory_gb,
    token: given.token,
    regions: resolveRegions(given.regions, fleetRegions, () => ({})),
  }),

  server: { leastStartSeconds: 5 },
  ports: [{ port: PORT, holder: "Echo" }],
  singleReplica: undefined,
  check: ({ name, source }) =>
    name === "echo"
      ? [diagnose(source, { code: "E399", path: ["name"], message: "echo", hint: "Rename it." })]
      : [],

  entrance: undefined,
  routing: {
    portNames: () => [],
    needsPort: false,
    dropsPath: false,
    upstreams: (_service, { maxHosts }) => maxHosts,
    target: (_service, { plan: { spec, region } }) => ({
      dial: hostSlots(spec.fleet.app, region.code, region.maxHosts).map(
        (host) => `${host}:${PORT}`,
      ),
      policy: "first",
    }),
  },
  holdsQueues: false,
  variables: ["ECHO_URL"],
  provides: (_service, { spec, region }) => ({
    ECHO_URL: `http://${slotAddress(spec.fleet.app, region, 0)}:${PORT}`,
  }),
  storage: (service, region) => ({
    label: "Echo",
    hosts: countsIn(service, region).replicas,
    sizeGb: service.memoryGb,
    path: ["memory_gb"],
  }),
  quorum: () => undefined,
  database: () => undefined,

  plan: (service, { spec, region }) => [
    {
      kind: "server",
      name: service.name,
      service,
      dependsOn: [],
      details: { peer: slotAddress(spec.fleet.app, region, 0) },
    },
  ],
  dependency: serverDependency,
  variant: () => "",

  program: ({ service }) => ({
    command: ["/flotilla/bin/echo", CONFIG],
    workingDir: undefined,
    environment: { ECHO: "on" },
    own: ["ECHO"],
    probe: serverProbe(service, PORT, "/ready"),
    stopSignal: SIGTERM,
  }),
  regionFiles: () => [],
  hostFiles: ({ details }) => [
    { path: CONFIG, head: (host) => `name ${host}\n`, body: `peer ${details.peer}\n` },
  ],
  secretFiles: () => [],
  secrets: {
    nkeys: [],
    passwords: [],
    made: [],
    namedBy: ({ token }) => [{ name: token, path: ["token"] }],
    reaching: ({ service }) => [service.token],
  },
  flyServices: () => [],
  machineChecks: { echo: httpCheck(PORT, "/ready") },
  metricsEndpoint: undefined,
  checkers: { [CONFIG]: { program: "echo", args: ["--check", CONFIG] } },
};
