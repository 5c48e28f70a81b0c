/** Changes a person would make to the sample spec, each from the sample itself. */
import type { SpecFile } from "../../../compiler/compile.ts";
import { edited } from "../sample.ts";

export interface ChangeCase {
  readonly name: string;
  readonly edit: (files: readonly SpecFile[]) => SpecFile[];
  /** Stacks with operations, sorted; the plan must name exactly these. */
  readonly stacks: readonly string[];
}

const FLEET = "specs/fleet.yaml";
const CADDY = "specs/services/caddy.yaml";
const NATS = "specs/services/nats.yaml";
const POCKETBASE = "specs/services/pocketbase.yaml";
const WORKER = "specs/services/worker.yaml";

const MAILER = `kind: Service
name: mailer
type: process
command: [node, /flotilla/app/mailer.ts]
regions: { fra: { replicas: 1 } }
`;

export const CASES: readonly ChangeCase[] = [
  one("an infra replica more", CADDY, "iad: { replicas: 2", "iad: { replicas: 3", ["iad"]),
  one("an infra replica less", CADDY, "iad: { replicas: 2", "iad: { replicas: 1", ["iad"]),
  {
    name: "a host less",
    edit: (files) =>
      chain(files, [
        [CADDY, "iad: { replicas: 2", "iad: { replicas: 1"],
        [NATS, "iad: { replicas: 2", "iad: { replicas: 1"],
        [WORKER, "spread: 2", "spread: 1"],
      ]),
    stacks: ["iad"],
  },
  one("a local replica more", WORKER, "iad: { replicas: 3", "iad: { replicas: 4", ["iad"]),
  one("a local replica less", WORKER, "iad: { replicas: 3", "iad: { replicas: 2", ["iad"]),
  one("a leaf node more", NATS, "fra: { replicas: 1", "fra: { replicas: 2", ["fra"]),
  one("a data host's volume grows", POCKETBASE, "storage_gb: 3", "storage_gb: 4", ["fra", "iad"]),
  one("an environment variable", WORKER, "{ QUEUE: jobs }", "{ QUEUE: other }", ["fra", "iad"]),
  one(
    "a secret that `global` makes",
    WORKER,
    "NATS_APP_SEED,",
    "NATS_APP_SEED, POCKETBASE_ADMIN_PASSWORD,",
    ["fra", "iad"],
  ),
  one("another image", FLEET, "sha256:4f53", "sha256:5f53", ["fra", "iad"]),
  one(
    "a region's machine size",
    FLEET,
    "iad: { max_hosts: 4, warm_hosts: 0 }",
    "iad: { max_hosts: 4, warm_hosts: 0, machine: { cpu_kind: shared, cpus: 1, memory_mb: 1024 } }",
    ["iad"],
  ),
  one("a route", CADDY, "path: [/nats]", "path: [/nats, /bus]", ["fra", "iad"]),
  one("a hostname", FLEET, "[app.example.com]", "[app.example.com, www.example.com]", [
    "fra",
    "global",
    "iad",
  ]),
  one(
    "a hostname that the certificate doesn't cover",
    FLEET,
    "[app.example.com]",
    "[app.example.com, a.b.example.com]",
    ["fra", "global", "iad"],
  ),
  one("other regional hostnames", FLEET, "app-{region}.example.com", "{region}-app.example.com", [
    "fra",
    "global",
    "iad",
  ]),
  {
    name: "a service more",
    edit: (files) => [...files, { path: "specs/services/mailer.yaml", text: MAILER }],
    stacks: ["fra"],
  },
  {
    name: "a service less",
    edit: (files) => files.filter(({ path }) => path !== WORKER),
    stacks: ["fra", "iad"],
  },
  one("other ports", WORKER, "http: 9100", "http: 9300", ["fra", "iad"]),
  one("another start order", WORKER, "depends_on: [nats]", "depends_on: [nats, pocketbase]", [
    "fra",
    "iad",
  ]),
  one("a stop timeout", WORKER, "spread: 2", "spread: 2\nstop_timeout: 50s", ["fra", "iad"]),
  one("a warm host", FLEET, "warm_hosts: 0", "warm_hosts: 1", ["iad"]),
  one("room for a host more", FLEET, "fra: { max_hosts: 2", "fra: { max_hosts: 3", ["fra"]),
  one("another name under the same app", FLEET, "name: acme", "name: acme-web\napp: acme", [
    "fra",
    "global",
    "iad",
  ]),
  one("room for replicas", WORKER, "fra: { replicas: 1, max: 2", "fra: { replicas: 1, max: 3", []),
  one("a comment", FLEET, "kind: Fleet", "# nothing but words\nkind: Fleet", []),
  one(
    "keys in another order",
    NATS,
    "iad: { replicas: 2, max: 4 }, fra: { replicas: 1 }",
    "fra: { replicas: 1 }, iad: { max: 4, replicas: 2 }",
    [],
  ),
  one("time for health", FLEET, "health_timeout: 60s", "health_timeout: 90s", []),
  one("certificates of Fly's own", FLEET, "tls: { mode: origin-cert }", "tls: { mode: fly-edge }", [
    "fra",
    "global",
    "iad",
  ]),
  one("an autoscale target", WORKER, "target: 0.7", "target: 0.8", []),
];

/** A region more, which is a stack more. */
export const REGION_ADDED: ChangeCase = {
  name: "a region more",
  edit: (files) =>
    chain(files, [
      [FLEET, "  fra: { max_hosts: 2 }", "  fra: { max_hosts: 2 }\n  syd: { max_hosts: 2 }"],
      [CADDY, "  fra: { replicas: 1 }", "  fra: { replicas: 1 }\n  syd: { replicas: 1 }"],
      [NATS, "fra: { replicas: 1 }", "fra: { replicas: 1 }, syd: { replicas: 1 }"],
    ]),
  stacks: ["global", "syd"],
};

/** A region less, whose stack compiles no more. */
export const REGION_REMOVED: ChangeCase = {
  name: "a region less",
  edit: (files) =>
    chain(files, [
      [FLEET, "  fra: { max_hosts: 2 }\n", ""],
      [FLEET, "region_order: [fra, iad]", "region_order: [iad]"],
      [CADDY, "  fra: { replicas: 1 }\n", ""],
      [NATS, ", fra: { replicas: 1 }", ""],
      [WORKER, ", fra: { replicas: 1, max: 2 }", ""],
    ]),
  stacks: ["fra", "global"],
};

export const GENERATION_RAISED: ChangeCase = one(
  "another certificate generation",
  FLEET,
  "mode: origin-cert",
  "mode: origin-cert, generation: 2",
  ["fra", "global", "iad"],
);

/** Several things at once. */
export const MIXED: ChangeCase = {
  name: "a certificate, a host, a volume and an environment variable",
  edit: (files) =>
    chain(files, [
      [FLEET, "mode: origin-cert", "mode: origin-cert, generation: 2"],
      [CADDY, "iad: { replicas: 2", "iad: { replicas: 3"],
      [POCKETBASE, "storage_gb: 3", "storage_gb: 4"],
      [WORKER, "{ QUEUE: jobs }", "{ QUEUE: other }"],
    ]),
  stacks: ["fra", "global", "iad"],
};

function one(
  name: string,
  path: string,
  from: string,
  to: string,
  stacks: readonly string[],
): ChangeCase {
  return { name, edit: (files) => edited(files, path, from, to), stacks };
}

function chain(
  files: readonly SpecFile[],
  edits: readonly (readonly [string, string, string])[],
): SpecFile[] {
  return edits.reduce<SpecFile[]>(
    (changed, [path, from, to]) => edited(changed, path, from, to),
    [...files],
  );
}
