import * as fc from "fast-check";
import { stringify } from "yaml";
import type { SpecFile } from "../../compiler/compile.ts";

/** Counts of a service in a region, valid in themselves. */
interface Counts {
  replicas: number;
  min: number;
  max: number;
}

/** What differs between generated specs; `filesOf` writes them down. */
export interface SpecModel {
  regions: Record<string, { max_hosts: number; warm_hosts: number }>;
  caddy: Record<string, Counts>;
  nats: Record<string, Counts>;
  worker: Record<string, Counts>;
  mailer: Record<string, Counts>;
  maxPerHost: number;
  spread: number;
  tls: object;
  /** Of PocketBase; none if empty. */
  backup: { backup?: object };
}

const codes = ["ams", "fra", "iad", "syd"] as const;

/** Valid specs of one to three regions with all four types and both strategies. */
export const specModel: fc.Arbitrary<SpecModel> = fc
  .record({
    codes: fc.subarray([...codes], { minLength: 1, maxLength: 3 }),
    maxHosts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 }),
    warm: fc.nat({ max: 3 }),
    maxPerHost: fc.integer({ min: 1, max: 4 }),
    spread: fc.integer({ min: 1, max: 3 }),
    numbers: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  })
  .map(({ codes: chosen, maxHosts, warm, maxPerHost, spread, numbers }) => {
    const draws = numbers.values();
    const draw = (least: number, most: number): number =>
      least + ((draws.next().value ?? 0) % (most - least + 1));
    const counts = (least: number, most: number): Counts => {
      const max = draw(Math.max(least, 1), most);
      const min = draw(least, max);
      return { replicas: draw(min, max), min, max };
    };
    const each = <T>(make: (hosts: number) => T): Record<string, T> =>
      Object.fromEntries(chosen.map((code, index) => [code, make(maxHosts[index] ?? 1)]));
    return {
      regions: each((hosts) => ({ max_hosts: hosts, warm_hosts: Math.min(warm, hosts - 1) })),
      caddy: each((hosts) => counts(0, hosts)),
      nats: each((hosts) => counts(1, hosts)),
      worker: each((hosts) => counts(0, hosts * maxPerHost)),
      mailer: each((hosts) => counts(0, hosts)),
      maxPerHost,
      spread,
      tls: TLS[draw(0, TLS.length - 1)] ?? {},
      backup: BACKUPS[draw(0, BACKUPS.length - 1)] ?? {},
    };
  });

const BACKUPS = [
  {},
  { backup: { cron: "@daily" } },
  {
    backup: {
      cron: "*/5 0-6 1,15 * *",
      max_keep: 7,
      s3: {
        bucket: "acme-{region}",
        endpoint: "https://s3.example.com",
        region: "auto",
        access_key: "BACKUP_ACCESS_KEY",
        secret: "BACKUP_SECRET",
      },
    },
  },
];

const TLS = [
  { mode: "origin-cert" },
  { mode: "fly-edge" },
  { mode: "fly-edge", proxied: false },
] as const;

/** Names that specs choose freely. */
export interface SpecNames {
  readonly fleet: string;
  readonly worker: string;
  readonly mailer: string;
  /** Of the worker's only port. */
  readonly port: string;
}

const plainNames: SpecNames = { fleet: "acme", worker: "worker", mailer: "mailer", port: "http" };

/** Words that mean something to JavaScript, YAML or Go. */
const words = ["constructor", "prototype", "then", "true", "null", "on", "y", "no", "nan", "e1"];

const serviceName = fc
  .oneof(fc.stringMatching(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/), fc.constantFrom(...words))
  .filter((name) => !/-[0-9]+$/.test(name) && !/^(caddy|nats|pocketbase)$/.test(name));

/** Any names the language takes. */
export const specNames: fc.Arbitrary<SpecNames> = fc
  .record({
    fleet: fc.stringMatching(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/),
    worker: serviceName,
    mailer: serviceName,
    port: fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_]{0,19}$/), fc.constantFrom(...words)),
  })
  .filter(({ worker, mailer }) => worker !== mailer);

export function filesOf(model: SpecModel, names: SpecNames = plainNames): SpecFile[] {
  const service = (name: string, type: string, rest: object): SpecFile => ({
    path: `services/${name}.yaml`,
    text: stringify({ kind: "Service", name, type, ...rest }),
  });
  return [
    {
      path: "fleet.yaml",
      text: stringify({
        kind: "Fleet",
        name: names.fleet,
        organization: "personal",
        image: "registry.example/acme:1",
        zone: "example.com",
        hostnames: ["app.example.com"],
        regional_hostnames: "app-{region}.example.com",
        tls: model.tls,
        regions: model.regions,
      }),
    },
    service("caddy", "caddy", {
      scalable: true,
      regions: model.caddy,
      routes: [
        { path: ["/api/*"], to: "pocketbase" },
        { path: ["/nats"], to: "nats" },
        { path: ["/jobs/*"], to: names.worker },
        { path: ["/*"], root: "www" },
      ],
    }),
    service("nats", "nats", {
      scalable: true,
      jetstream: { servers: 1, storage_gb: 1, memory_mb: 64 },
      hub: Object.keys(model.regions)[0],
      regions: model.nats,
    }),
    service("pocketbase", "pocketbase", {
      data: "regional",
      storage_gb: 3,
      ...model.backup,
      regions: { default: { replicas: 1 } },
    }),
    service(names.worker, "process", {
      scalable: true,
      scale_strategy: "local",
      command: ["node", "/flotilla/app/main.ts"],
      ports: { [names.port]: 9100 },
      depends_on: ["nats", names.mailer],
      max_per_host: model.maxPerHost,
      spread: model.spread,
      regions: model.worker,
    }),
    service(names.mailer, "process", {
      scalable: true,
      command: ["send"],
      ports: { smtp: 2525, admin: 9300 },
      regions: model.mailer,
    }),
  ];
}

const services = ["caddy", "nats", "pocketbase", "worker", "mailer"] as const;

/** When the generated signals are judged; half of them are over or yet to come. */
export const now = "2026-06-01T12:00:00Z";

const instant = fc.constantFrom(
  "2026-06-01T11:59:59Z",
  "2026-06-01T14:30:00+02:00",
  "2026-06-01T12:00:00Z",
  "2026-06-02T00:00:00.5Z",
);

export const signals = fc.record({
  version: fc.constant(1),
  as_of: fc.constant(now),
  bursts: fc.array(
    fc.record({
      id: fc.string(),
      service: fc.constantFrom(...services),
      region: fc.constantFrom(...codes),
      to: fc.nat({ max: 20 }),
      from: instant,
      until: instant,
      author: fc.string(),
      reason: fc.string(),
    }),
    { maxLength: 4 },
  ),
  metrics: fc.array(
    fc.record({
      service: fc.constantFrom(...services),
      region: fc.constantFrom(...codes),
      count: fc.nat({ max: 20 }),
      valid_until: instant,
      reason: fc.string(),
    }),
    { maxLength: 4 },
  ),
});
