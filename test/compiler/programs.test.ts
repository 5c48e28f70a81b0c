import { beforeAll, describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { checkPrograms } from "./check-programs.ts";
import {
  backedUp,
  edited,
  flyEdgeSpecs,
  sampleSpecs,
  singleWriterSpecs,
} from "../../fixtures/sample-specs.ts";
import { regionOf } from "../kit/compiled.ts";
import { toolPath } from "../kit/tool-path.ts";

/** Specs whose rendered files take other branches than the sample's. */
const specs: readonly { name: string; files: readonly SpecFile[]; stacks: readonly string[] }[] = [
  { name: "the sample", files: sampleSpecs(), stacks: ["iad", "fra"] },
  {
    name: "three JetStream servers, and a leaf node beside them",
    files: edited(
      edited(
        sampleSpecs(),
        "specs/services/nats.yaml",
        "iad: { replicas: 2, max: 4 }",
        "iad: { replicas: 4, jetstream: { servers: 3, storage_gb: 1, memory_mb: 64 } }",
      ),
      "specs/services/nats.yaml",
      "hub: iad",
      "hub: fra",
    ),
    stacks: ["iad", "fra"],
  },
  { name: "certificates of Fly's own", files: flyEdgeSpecs(), stacks: ["iad", "fra"] },
  { name: "and no proxy before them", files: flyEdgeSpecs(false), stacks: ["iad"] },
  {
    name: "a single writer with backups, and a route to processes",
    files: edited(
      backedUp(singleWriterSpecs()),
      "specs/services/caddy.yaml",
      "- { path: [/nats]",
      "- { path: [/jobs/*], to: worker }\n  - { path: [/nats]",
    ),
    stacks: ["iad", "fra"],
  },
  {
    name: "jobs, programs that probe, folders, hosts that idle, and every option of a route",
    files: [
      ...edited(
        edited(
          edited(
            sampleSpecs(),
            "specs/services/worker.yaml",
            "readiness_probe: { http: { port: http, path: /healthz } }",
            "readiness_probe: { exec: { command: [node, -e, \"'$1' {{ .X }}\"] }, initial_delay: 3s }\nstart_timeout: 90s\nworking_dir: /flotilla/app",
          ),
          "specs/fleet.yaml",
          "iad: { max_hosts: 4",
          "iad: { max_hosts: 4, idle: { stop: true, keep: 1 }",
        ),
        "specs/services/caddy.yaml",
        "root: www }",
        "root: www, index: [start.html], fallback: app.html, headers: { response: { X-A: '{x}' } } }\n  - { path: [/w/*], to: worker, strip_prefix: /w, headers: { request: { X-B: c } } }\nconcurrency: { soft_limit: 5 }",
      ),
      {
        path: "specs/services/migrate.yaml",
        text: `kind: Service
name: migrate
type: process
command: [migrate]
restart: no
regions: { iad: { replicas: 1 } }
`,
      },
    ],
    stacks: ["iad", "fra"],
  },
];

describe("the programs that read the rendered files accept them", () => {
  beforeAll(async () => {
    for (const name of ["process-compose", "caddy", "nats-server"] as const) await toolPath(name);
  });

  for (const { name, files, stacks } of specs)
    test.for(stacks)(`${name}: %s`, async (stack, { expect }) => {
      const desired = regionOf(compile(files, { stack }));
      const { output, code } = await checkPrograms(desired);
      expect(code, output).toBe(0);
      const checked = output.split("\n").filter((line) => line.startsWith("ok "));
      const expected = new Set(
        Object.values(desired.check.hosts).flatMap((texts) =>
          Object.entries(texts).map(([path, content]) => path + content),
        ),
      );
      expect(checked.length).toBe(expected.size);
    });

  test("and refuse what is broken", async ({ expect }) => {
    const desired = regionOf(compile(sampleSpecs(), { stack: "fra" }));
    const hosts = Object.fromEntries(
      Object.entries(desired.check.hosts).map(([host, texts]) => [
        host,
        Object.fromEntries(
          Object.entries(texts).map(([path, content]) => [
            path,
            content.replace("leafnodes {", "leafnoodles {"),
          ]),
        ),
      ]),
    );
    const { output, code } = await checkPrograms({
      ...desired,
      check: { ...desired.check, hosts },
    });
    expect([code, output.includes("leafnoodles")]).toEqual([1, true]);
  });
});
