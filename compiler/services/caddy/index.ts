/** Caddy: the web server that visitors reach; it terminates TLS, routes to services and serves files. See README.md. */
import { GUEST_PATHS } from "../../catalog/guest-paths.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { TLS_SECRETS } from "../../catalog/secrets.ts";
import { findDuplicates } from "../duplicates.ts";
import { dependenciesOn, typeOf } from "../registry.ts";
import { SIGTERM, serverDependency, serverProbe } from "../server.ts";
import type { ServiceType } from "../service-type.ts";
import { checkConcurrency } from "./check-concurrency.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkUpstreams } from "./check-upstreams.ts";
import { CADDY_CODES } from "./codes.ts";
import { renderCaddy } from "./config.ts";
import { CADDY_EDITOR_RULES } from "./editor-rules.ts";
import { renderFlyService } from "./machine.ts";
import { caddySchema } from "./schema.ts";
import { normalizeCaddy } from "./service.ts";
import type { CaddyService, CaddySource } from "./service.ts";

export const caddy: ServiceType<CaddySource, CaddyService, undefined> = {
  name: "caddy",
  label: "Caddy",

  schema: caddySchema,
  editorRules: CADDY_EDITOR_RULES,
  codes: CADDY_CODES,
  metrics: ["cpu", "memory", "in_flight", "latency"],
  // Caddy lets requests end for 10 s.
  stopSeconds: { default: 15, least: 12 },
  normalize: normalizeCaddy,

  server: { leastStartSeconds: 30 },
  ports: [
    { port: GUEST_PORTS.caddyTls, holder: "Caddy (TLS)" },
    { port: GUEST_PORTS.caddyChecks, holder: "Caddy (health check)" },
    { port: GUEST_PORTS.caddyInternal, holder: "Caddy (other regions)" },
    { port: GUEST_PORTS.caddyMetrics, holder: "Caddy (metrics)" },
    { port: GUEST_PORTS.caddyAdmin, holder: "Caddy (admin)" },
  ],
  singleReplica: undefined,
  check: (service, context) => [
    ...checkConcurrency(service, context.spec.fleet),
    ...checkRoutes(service, context),
    ...checkUpstreams(service, context),
    ...service.routes.flatMap(({ paths, index = [] }, position) => [
      ...findDuplicates(service.source, ["routes", position, "path"], paths),
      ...findDuplicates(service.source, ["routes", position, "index"], index),
    ]),
  ],

  entrance: { targets: ({ routes }) => routes.flatMap(({ to }) => to ?? []) },
  routing: undefined,
  holdsQueues: false,
  variables: [],
  provides: () => ({}),
  storage: () => undefined,
  quorum: () => undefined,
  database: () => undefined,

  plan: (service, host) => [
    {
      kind: "server",
      name: service.name,
      service,
      // Caddy waits for every other server of its host: a request that none can answer yet isn't let in.
      dependsOn: dependenciesOn(
        host,
        (other) => other !== service && typeOf(host.types, other).server !== undefined,
      ),
      details: undefined,
    },
  ],
  dependency: serverDependency,
  variant: () => "",

  program: ({ service }) => ({
    command: [`${GUEST_PATHS.bin}/caddy`, "run", "--config", GUEST_PATHS.caddy],
    workingDir: undefined,
    environment: { XDG_CONFIG_HOME: GUEST_PATHS.caddyData, XDG_DATA_HOME: GUEST_PATHS.caddyData },
    own: ["XDG_CONFIG_HOME", "XDG_DATA_HOME"],
    probe: serverProbe(service, GUEST_PORTS.caddyChecks, "/healthz"),
    stopSignal: SIGTERM,
  }),
  regionFiles: (service, plan, types) => [
    { path: GUEST_PATHS.caddy, text: renderCaddy({ plan, types }, service) },
  ],
  hostFiles: () => [],
  secretFiles: ({ tls }) =>
    tls.mode === "origin-cert"
      ? [
          { path: GUEST_PATHS.certificate, secret: TLS_SECRETS[0], mode: 0o600 },
          { path: GUEST_PATHS.privateKey, secret: TLS_SECRETS[1], mode: 0o600 },
        ]
      : [],
  // `global` makes the TLS secrets by the fleet's TLS mode, whether or not a Caddy reads them.
  secrets: { nkeys: [], passwords: [], made: [], namedBy: () => [], reaching: () => [] },
  flyServices: (service, host) => [renderFlyService(service, host)],
  machineChecks: {},
  metricsEndpoint: { port: GUEST_PORTS.caddyMetrics, path: "/metrics" },
  checkers: {
    [GUEST_PATHS.caddy]: { program: "caddy", args: ["validate", "--config", GUEST_PATHS.caddy] },
  },
};
