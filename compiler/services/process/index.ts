/** A process: any program of the image, one per host or in slots. See README.md. */
import { findDuplicates } from "../duplicates.ts";
import type { ServiceType } from "../service-type.ts";
import { checkCycles, checkDependencies } from "./check-dependencies.ts";
import { checkNames } from "./check-names.ts";
import { checkReadiness } from "./check-probe.ts";
import { checkSlots } from "./check-slots.ts";
import { PROCESS_CODES } from "./codes.ts";
import { PROCESS_EDITOR_RULES } from "./editor-rules.ts";
import { processSchema } from "./schema.ts";
import { normalizeProcess } from "./service.ts";
import type { ProcessService, ProcessSource, SlotDetails } from "./service.ts";
import { planSlots, slotDependency, slotProgram, slotRoute } from "./slots.ts";

export const process: ServiceType<ProcessSource, ProcessService, SlotDetails> = {
  name: "process",
  label: "process",

  schema: processSchema,
  editorRules: PROCESS_EDITOR_RULES,
  codes: PROCESS_CODES,
  metrics: ["queue_depth", "cpu", "memory"],
  // Process Compose takes 0 for "never kill", which the schema excludes.
  stopSeconds: { default: 30, least: 1 },
  normalize: normalizeProcess,

  server: undefined,
  ports: [],
  singleReplica: undefined,
  check: (service, context) => [
    ...checkNames(service, context.types),
    ...checkReadiness(service),
    ...findDuplicates(service.source, ["secrets"], service.secrets),
    ...findDuplicates(service.source, ["depends_on"], service.dependsOn),
    ...checkDependencies(service, context),
    ...checkCycles(service, context),
    ...checkSlots(service),
  ],

  entrance: undefined,
  routing: {
    portNames: ({ ports }) => Object.keys(ports),
    needsPort: true,
    dropsPath: false,
    upstreams: ({ maxPerHost }, { maxHosts }) => maxHosts * maxPerHost,
    target: slotRoute,
  },
  holdsQueues: false,
  variables: [],
  provides: () => ({}),
  storage: () => undefined,
  quorum: () => undefined,
  database: () => undefined,

  plan: planSlots,
  dependency: slotDependency,
  variant: () => "",

  program: ({ name, service, details }) => slotProgram(name, service, details),
  regionFiles: () => [],
  hostFiles: () => [],
  secretFiles: () => [],
  secrets: {
    nkeys: [],
    passwords: [],
    made: [],
    namedBy: ({ secrets }) => secrets.map((name, index) => ({ name, path: ["secrets", index] })),
    reaching: ({ service }) => service.secrets,
  },
  flyServices: () => [],
  machineChecks: {},
  metricsEndpoint: undefined,
  checkers: {},
};
