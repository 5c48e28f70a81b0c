/** NATS: messaging with JetStream; a region's first hosts are servers, the others leaf nodes. See README.md. */
import { GUEST_PATHS } from "../../catalog/guest-paths.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import {
  NATS_APP_SEED,
  NATS_LEAF_SEED,
  NATS_PUBLIC_KEYS,
  NATS_USERS,
} from "../../catalog/secrets.ts";
import { adding, infraOnly, needsScalable } from "../../model/editor-rules.ts";
import { httpCheck } from "../../model/machine-check.ts";
import { serverDependency, serverProbe } from "../server.ts";
import type { ServiceType } from "../service-type.ts";
import { checkNats, jetstreamPath } from "./checks.ts";
import { NATS_CODES } from "./codes.ts";
import { natsBody, natsHead } from "./config.ts";
import { natsSchema } from "./schema.ts";
import { coreHosts, natsRoute, natsUrl, planNats, variantOf } from "./servers.ts";
import { normalizeNats } from "./service.ts";
import type { NatsDetails, NatsService, NatsSource } from "./service.ts";

/** SIGUSR2 starts the lame duck mode, which hands clients over before the server stops. */
const LAME_DUCK = 12;

/** Answers also while JetStream still recovers its streams: clients may connect then. */
const HEALTH_PATH = "/healthz?js-server-only=true";

export const nats: ServiceType<NatsSource, NatsService, NatsDetails> = {
  name: "nats",
  label: "NATS",

  schema: natsSchema,
  editorRules: { "": adding({ dependencies: needsScalable }), ".scale_strategy": infraOnly },
  codes: NATS_CODES,
  metrics: ["cpu", "memory"],
  // The lame duck mode takes 30 s after 5 s of grace.
  stopSeconds: { default: 40, least: 36 },
  normalize: normalizeNats,

  server: { leastStartSeconds: 30 },
  ports: [
    { port: GUEST_PORTS.natsClients, holder: "NATS (clients)" },
    { port: GUEST_PORTS.natsCluster, holder: "NATS (cluster)" },
    { port: GUEST_PORTS.natsLeafs, holder: "NATS (leaf nodes)" },
    { port: GUEST_PORTS.natsMonitoring, holder: "NATS (monitoring)" },
    { port: GUEST_PORTS.natsWebsocket, holder: "NATS (WebSocket)" },
  ],
  singleReplica: undefined,
  check: (service, { spec }) => checkNats(service, spec),

  entrance: undefined,
  routing: {
    portNames: () => [],
    needsPort: false,
    // To NATS a path would choose another protocol (`/leafnode`, `/mqtt`).
    dropsPath: true,
    upstreams: (_service, { maxHosts }) => maxHosts + 1,
    target: natsRoute,
  },
  holdsQueues: true,
  variables: ["NATS_URL"],
  provides: (service, place) => {
    const url = natsUrl(service, place);
    return url === undefined ? {} : { NATS_URL: url };
  },
  storage: (service, region) => {
    const counts = service.regions[region];
    if (counts === undefined) return undefined;
    return {
      label: "JetStream",
      hosts: coreHosts(service, region),
      sizeGb: counts.jetstream.storageGb,
      path: jetstreamPath(service, counts, "storage_gb"),
    };
  },
  quorum: (service, region) =>
    service.regions[region]?.jetstream.servers === 3
      ? "two of the three JetStream servers"
      : undefined,
  database: () => undefined,

  plan: (service, host) => [
    {
      kind: "server",
      name: service.name,
      service,
      dependsOn: [],
      details: planNats(service, host),
    },
  ],
  dependency: serverDependency,
  variant: variantOf,

  program: ({ service }) => ({
    command: [`${GUEST_PATHS.bin}/nats-server`, "-c", GUEST_PATHS.nats],
    workingDir: undefined,
    environment: {},
    own: [],
    probe: serverProbe(service, GUEST_PORTS.natsMonitoring, HEALTH_PATH),
    stopSignal: LAME_DUCK,
  }),
  regionFiles: () => [],
  hostFiles: ({ details }) => [{ path: GUEST_PATHS.nats, head: natsHead, body: natsBody(details) }],
  secretFiles: () => [],
  secrets: {
    nkeys: NATS_USERS,
    passwords: [],
    made: [...NATS_PUBLIC_KEYS, NATS_APP_SEED, NATS_LEAF_SEED],
    namedBy: () => [],
    reaching: ({ details }) =>
      details.remotes.length > 0 ? [...NATS_PUBLIC_KEYS, NATS_LEAF_SEED] : NATS_PUBLIC_KEYS,
  },
  flyServices: () => [],
  machineChecks: { nats: httpCheck(GUEST_PORTS.natsMonitoring, HEALTH_PATH) },
  metricsEndpoint: undefined,
  checkers: {
    // Its parser accepts files that the server refuses at its start, so both are tried.
    [GUEST_PATHS.nats]: {
      program: "nats-server",
      args: ["-c", GUEST_PATHS.nats, "-t"],
      start: { args: ["-c", GUEST_PATHS.nats], ready: "Server is ready" },
    },
  },
};
