import { stringify } from "yaml";
import { FLY_REGIONS } from "../compiler/compile.ts";
import type { SpecFile } from "../compiler/compile.ts";

/** Numbers of services with strategy `infra` and `local`: with the three servers 50 services. */
const INFRA = 20;
const LOCAL = 27;
/** Slots per host of each `local` service. */
const SLOTS = 3;

/**
 * Returns a valid spec with 50 services in all 18 regions and exactly `hosts` started hosts: Caddy, NATS and the `local`
 * services on all of them, each `infra` service on a different share of them.
 */
export function fleetSpecs(hosts: number): SpecFile[] {
  const perRegion = FLY_REGIONS.map((_, index) => {
    const remainder = index < hosts % FLY_REGIONS.length ? 1 : 0;
    return Math.floor(hosts / FLY_REGIONS.length) + remainder;
  });
  const byRegion = <T>(make: (hosts: number) => T): Record<string, T> =>
    Object.fromEntries(FLY_REGIONS.map((code, index) => [code, make(perRegion[index] ?? 0)]));
  const service = (name: string, keys: object): SpecFile => ({
    path: `specs/services/${name}.yaml`,
    text: stringify({ kind: "Service", name, ...keys }),
  });
  return [
    {
      path: "specs/fleet.yaml",
      text: stringify({
        kind: "Fleet",
        name: "acme",
        organization: "personal",
        image: `registry.fly.io/acme@sha256:${"4f".repeat(32)}`,
        zone: "example.com",
        hostnames: ["app.example.com"],
        regional_hostnames: "app-{region}.example.com",
        machine: { cpu_kind: "shared", cpus: 8, memory_mb: 4096 },
        regions: byRegion((max) => ({ max_hosts: max })),
        rollout: { region_order: ["fra"] },
      }),
    },
    service("caddy", {
      type: "caddy",
      scalable: true,
      regions: byRegion((max) => ({ replicas: max })),
      routes: [
        { path: ["/api/*"], to: "pocketbase" },
        { path: ["/nats"], to: "nats" },
        { path: ["/jobs/*"], to: "slots-a" },
        { path: ["/feed/*"], to: "infra-a" },
        { path: ["/*"], root: "www" },
      ],
    }),
    service("nats", {
      type: "nats",
      hub: "fra",
      jetstream: { servers: 3, storage_gb: 10, memory_mb: 256 },
      regions: byRegion((max) => ({ replicas: max })),
    }),
    service("pocketbase", {
      type: "pocketbase",
      data: "regional",
      storage_gb: 10,
      regions: { default: { replicas: 1 } },
    }),
    ...Array.from({ length: INFRA }, (_, index) =>
      service(`infra-${letters(index)}`, {
        type: "process",
        command: ["node", "/flotilla/app/worker.ts"],
        environment: { QUEUE: "jobs", LEVEL: "info" },
        secrets: ["API_KEY"],
        ports: { http: 12_000 + index },
        readiness_probe: { http: { port: "http", path: "/healthz" } },
        regions: byRegion((max) => ({ replicas: Math.max(1, Math.ceil((max * index) / INFRA)) })),
      }),
    ),
    ...Array.from({ length: LOCAL }, (_, index) =>
      service(`slots-${letters(index)}`, {
        type: "process",
        scalable: true,
        scale_strategy: "local",
        command: ["node", "/flotilla/app/worker.ts"],
        environment: { QUEUE: "jobs" },
        secrets: ["API_KEY", "NATS_APP_SEED"],
        ports: { http: 20_000 + index * 10 },
        depends_on: ["nats"],
        max_per_host: SLOTS,
        spread: 2,
        regions: byRegion((max) => ({ replicas: max, min: 1, max: Math.min(1000, max * SLOTS) })),
      }),
    ),
  ];
}

/** Returns a suffix in letters, because a service's name can't end in a number. */
function letters(index: number): string {
  return `${String.fromCharCode(97 + (index % 26))}${index < 26 ? "" : "a"}`;
}
