/** A pool of specs that differ in counts, bounds, metrics and behaviour; each is parsed once. */
import type { SpecFile } from "../../../compiler/compile.ts";
import { checkSpec } from "../../../compiler/checks/check-spec.ts";
import { readSpec } from "../../../compiler/language/read-spec.ts";
import { countsIn } from "../../../compiler/model/spec.ts";
import type { RegionCounts, Service, Spec } from "../../../compiler/model/spec.ts";
import { renderControls } from "../../../compiler/render/controls.ts";
import { SERVICE_TYPES } from "../../../compiler/services/index.ts";
import { policyOf } from "../../../controller/autoscale/policy.ts";
import type { Policy } from "../../../controller/autoscale/policy.ts";
import { createDice } from "../../simulation/dice.ts";
import type { Dice } from "../../simulation/dice.ts";

/** A service in a region: what is scaled by itself. */
export interface Lane {
  readonly service: "worker" | "caddy";
  readonly region: "iad" | "fra";
}

export const LANES: readonly Lane[] = [
  { service: "worker", region: "iad" },
  { service: "worker", region: "fra" },
  { service: "caddy", region: "iad" },
];

export interface SimulatedSpec {
  readonly name: string;
  readonly spec: Spec;
  readonly files: readonly SpecFile[];
  serviceOf(lane: Lane): Service;
  countsOf(lane: Lane): RegionCounts;
  /** Undefined where this spec lets no metric scale it. */
  policyOf(lane: Lane): Policy | undefined;
}

export const POOL = 200;
const pool = new Map<number, SimulatedSpec>();

export function simulatedSpec(index: number): SimulatedSpec {
  const known = pool.get(index) ?? makeSpec(index);
  pool.set(index, known);
  return known;
}

function makeSpec(index: number): SimulatedSpec {
  const dice = createDice(index + 1);
  const documents = [fleet, nats, caddy(dice), worker(dice)];
  // JSON is YAML.
  const files = documents.map((document) => ({
    path: `${document.name}.yaml`,
    text: JSON.stringify(document),
  }));
  const { spec, diagnostics } = readSpec(SERVICE_TYPES, files, checkSpec);
  if (spec === undefined) throw new Error(`spec ${index}: ${JSON.stringify(diagnostics)}`);
  const serviceOf = ({ service }: Lane): Service =>
    present(spec.services.find(({ name }) => name === service));
  const countsOf = (lane: Lane): RegionCounts => countsIn(serviceOf(lane), lane.region);
  const policies = new Map(
    LANES.map((lane) => {
      const service = serviceOf(lane);
      const { replicas, min, max } = countsOf(lane);
      const scaled = service.autoscale === undefined ? {} : { autoscale: service.autoscale };
      const controls = renderControls(SERVICE_TYPES, service, { min, max });
      return [lane, policyOf({ replicas, min, max, controls, ...scaled })];
    }),
  );
  return {
    name: `spec ${index}`,
    spec,
    files,
    serviceOf,
    countsOf,
    policyOf: (lane) => policies.get(lane),
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("Every simulated spec has every lane.");
  return value;
}

const fleet = {
  kind: "Fleet",
  name: "simulated",
  organization: "personal",
  image: "registry.fly.io/simulated@sha256:" + "0".repeat(64),
  zone: "example.com",
  hostnames: ["app.example.com"],
  machine: { cpu_kind: "shared", cpus: 4, memory_mb: 2_048 },
  regions: { iad: { max_hosts: 20 }, fra: { max_hosts: 20 } },
};

const nats = {
  kind: "Service",
  name: "nats",
  type: "nats",
  jetstream: { servers: 1, storage_gb: 1, memory_mb: 64 },
  hub: "iad",
  regions: { default: { replicas: 1 } },
};

function caddy(dice: Dice) {
  return {
    kind: "Service",
    name: "caddy",
    type: "caddy",
    scalable: true,
    routes: [{ path: ["/*"], root: "www" }],
    regions: { default: counts(dice, 1) },
    autoscale: autoscale(dice, [
      { type: "in_flight", target: 50 },
      { type: "latency", target: "200ms", breaches: 1 + dice.below(3), samples: 3 + dice.below(3) },
      { type: "cpu", target: 0.7 },
    ]),
  };
}

function worker(dice: Dice) {
  const isScalable = dice.chance(0.9);
  const scaled = autoscale(dice, [
    { type: "queue_depth", stream: "JOBS", consumer: "workers", target: 100 },
    { type: "cpu", target: 0.7 },
    { type: "memory", target: 200 },
  ]);
  return {
    kind: "Service",
    name: "worker",
    type: "process",
    scalable: isScalable,
    ...dice.pick([
      { scale_strategy: "infra" },
      { scale_strategy: "local", max_per_host: 4, spread: 2 },
    ]),
    command: ["node", "/flotilla/app/worker.ts"],
    depends_on: ["nats"],
    regions: { iad: counts(dice, 0), fra: counts(dice, 0) },
    ...(isScalable && dice.chance(0.9) ? { autoscale: scaled } : {}),
  };
}

/** At least `least`, and mostly with room. */
function counts(dice: Dice, least: number) {
  const replicas = Math.max(least, dice.below(6));
  const min = dice.chance(0.3) ? replicas : least + dice.below(replicas - least + 1);
  return { replicas, min, max: Math.min(replicas + 1 + dice.below(10), 12) };
}

function autoscale(dice: Dice, metrics: readonly object[]) {
  const some = metrics.filter(() => dice.chance(0.6));
  const down = dice.pick([60, 60, 120, 300, 600]);
  return {
    metrics: some.length > 0 ? some : metrics.slice(0, 1),
    behaviour: {
      interval: dice.pick(["15s", "30s", "60s"]),
      // Never below the noise that must not turn it round.
      tolerance: dice.pick([0.1, 0.1, 0.15, 0.2]),
      hold: dice.pick(["5m", "10m", "10m", "15m"]),
      up: {
        window: dice.pick(["0s", "0s", "30s", "60s"]),
        cooldown: dice.pick(["0s", "30s", "60s"]),
        policy: { count: 1 + dice.below(4), percent: dice.pick([10, 100]), per: "60s" },
      },
      down: {
        window: `${down}s`,
        cooldown: dice.pick(["0s", "60s", "300s"]),
        policy: { count: 1 + dice.below(3), per: dice.pick(["60s", "120s"]) },
      },
    },
  };
}
