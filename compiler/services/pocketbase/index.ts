/** PocketBase: database, API and admin pages; one writer per data set. See README.md. */
import { GUEST_PATHS } from "../../catalog/guest-paths.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { POCKETBASE_PASSWORDS } from "../../catalog/secrets.ts";
import { adding, infraOnly, needsScalable, noPlatformSecret } from "../../model/editor-rules.ts";
import { httpCheck } from "../../model/machine-check.ts";
import { slotAddress } from "../../model/names.ts";
import type { NamedSecret } from "../../model/spec.ts";
import { hasPath } from "../../text/source.ts";
import { SIGTERM, serverDependency, serverProbe } from "../server.ts";
import type { Program, ServiceType } from "../service-type.ts";
import { checkPocketbase } from "./checks.ts";
import { POCKETBASE_CODES } from "./codes.ts";
import { pocketbaseSchema } from "./schema.ts";
import { homeRegion, normalizePocketbase } from "./service.ts";
import type { BackupSpec, PocketbaseService, PocketbaseSource } from "./service.ts";

const HEALTH_PATH = "/api/health";

export const pocketbase: ServiceType<PocketbaseSource, PocketbaseService, undefined> = {
  name: "pocketbase",
  label: "PocketBase",

  schema: pocketbaseSchema,
  editorRules: {
    "": adding({ dependencies: needsScalable }),
    ".backup.s3.access_key": noPlatformSecret,
    ".backup.s3.secret": noPlatformSecret,
    ".regions.*.max": adding({ maximum: 1 }),
    ".regions.*.replicas": adding({ maximum: 1 }),
    ".scale_strategy": infraOnly,
  },
  codes: POCKETBASE_CODES,
  metrics: ["cpu", "memory"],
  stopSeconds: { default: 15, least: 2 },
  normalize: normalizePocketbase,

  server: { leastStartSeconds: 30 },
  ports: [{ port: GUEST_PORTS.pocketbase, holder: "PocketBase" }],
  singleReplica: "PocketBase has one writer",
  check: checkPocketbase,

  entrance: undefined,
  routing: {
    portNames: () => [],
    needsPort: false,
    dropsPath: false,
    upstreams: () => 1,
    // Regional data has no place on a shared name: the network would choose the visitor's database.
    target: (service, { plan: { spec, region }, audience }) => {
      const home = homeRegion(service, region.code);
      const isHidden = service.writer === undefined && audience === "everyone";
      if (isHidden || home === undefined) return undefined;
      const address = slotAddress(spec.fleet.app, home, 0);
      return { dial: [`${address}:${GUEST_PORTS.pocketbase}`], policy: "first" };
    },
  },
  holdsQueues: false,
  variables: ["POCKETBASE_URL"],
  // A process finds its host's own PocketBase, else the region's, else the writer's.
  provides: (service, { spec, region, isHere }) => {
    if (isHere) return { POCKETBASE_URL: `http://127.0.0.1:${GUEST_PORTS.pocketbase}` };
    const home = homeRegion(service, region);
    if (home === undefined) return {};
    const address = slotAddress(spec.fleet.app, home, 0);
    return { POCKETBASE_URL: `http://${address}:${GUEST_PORTS.pocketbase}` };
  },
  storage: (service, region) => {
    const counts = service.regions[region];
    if (counts === undefined) return undefined;
    const own = ["regions", counts.key, "storage_gb"];
    return {
      label: "PocketBase",
      hosts: counts.replicas,
      sizeGb: counts.storageGb,
      path: hasPath(service.source, own) ? own : ["storage_gb"],
    };
  },
  quorum: () => undefined,
  database: ({ writer, regions }) => ({
    writer,
    regions: Object.entries(regions)
      .filter(([, counts]) => counts.replicas > 0)
      .map(([code]) => code)
      .sort(),
  }),

  plan: (service) => [
    { kind: "server", name: service.name, service, dependsOn: [], details: undefined },
  ],
  dependency: serverDependency,
  variant: () => "",

  program: ({ service }) => ({
    // PocketBase exits 0 on a flag it doesn't know, without serving: add none that isn't tested.
    command: [
      `${GUEST_PATHS.bin}/pocketbase`,
      "serve",
      `--http=[::]:${GUEST_PORTS.pocketbase}`,
      `--dir=${GUEST_PATHS.pocketbaseData}`,
      "--migrationsDir=/flotilla/pb_migrations",
      "--hooksDir=/flotilla/pb_hooks",
      "--hooksWatch=false",
      "--automigrate=false",
      "--publicDir=/flotilla/tmp/none",
      // PocketBase switches it on by itself when its binary lies below the temporary folder, and then logs
      // every statement with password hashes.
      "--dev=false",
    ],
    workingDir: undefined,
    ...backupEnvironment(service.backup),
    probe: serverProbe(service, GUEST_PORTS.pocketbase, HEALTH_PATH),
    stopSignal: SIGTERM,
  }),
  regionFiles: () => [],
  hostFiles: () => [],
  secretFiles: () => [],
  secrets: {
    nkeys: [],
    passwords: POCKETBASE_PASSWORDS,
    made: POCKETBASE_PASSWORDS,
    namedBy: ({ backup }) => secretsOf(backup),
    reaching: ({ service }) => [
      ...POCKETBASE_PASSWORDS,
      ...secretsOf(service.backup).map(({ name }) => name),
    ],
  },
  flyServices: () => [],
  machineChecks: { pocketbase: httpCheck(GUEST_PORTS.pocketbase, HEALTH_PATH) },
  metricsEndpoint: undefined,
  checkers: {},
};

/** The image's hook makes PocketBase's settings of it: the names of secrets, never their values. */
function backupEnvironment(backup: BackupSpec | undefined): Pick<Program, "environment" | "own"> {
  if (backup === undefined) return { environment: {}, own: [] };
  const { cron, maxKeep, s3 } = backup;
  const settings = JSON.stringify({ cron, maxKeep, ...(s3 === undefined ? {} : { s3 }) });
  return { environment: { POCKETBASE_BACKUP: settings }, own: ["POCKETBASE_BACKUP"] };
}

function secretsOf(backup: BackupSpec | undefined): NamedSecret[] {
  if (backup?.s3 === undefined) return [];
  const { accessKey, secret } = backup.s3;
  return [
    { name: accessKey, path: ["backup", "s3", "access_key"] },
    { name: secret, path: ["backup", "s3", "secret"] },
  ];
}
