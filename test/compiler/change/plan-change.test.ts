import * as fc from "fast-check";
import { stringify } from "yaml";
import { describe, test } from "vitest";
import { planChange } from "../../../compiler/compile.ts";
import type { FleetChange, SpecFile } from "../../../compiler/compile.ts";
import { edited, sampleSpecs } from "../../../fixtures/sample-specs.ts";
import { depth } from "../../kit/depth.ts";
import { filesOf, specModel } from "../spec-arbitrary.ts";
import {
  CASES,
  GENERATION_RAISED,
  REGION_ADDED,
  REGION_REMOVED,
} from "../../../fixtures/change-cases.ts";
import { planned, stackOf } from "./planned.ts";

const sample = sampleSpecs();
const WORKER = "specs/services/worker.yaml";
const POCKETBASE = "specs/services/pocketbase.yaml";
const FLEET = "specs/fleet.yaml";
const NATS = "specs/services/nats.yaml";

describe("planChange", () => {
  for (const { name, edit, stacks } of [
    ...CASES,
    REGION_ADDED,
    REGION_REMOVED,
    GENERATION_RAISED,
  ]) {
    test(`${name}: changes ${stacks.join(", ") || "nothing"}`, ({ expect }) => {
      const change = planned(edit(sample));
      const changed = change.stacks.filter(({ operations }) => operations.length > 0);
      expect(changed.map(({ stack }) => stack).toSorted()).toEqual(stacks);
    });
  }

  test("names no operation between a spec and itself, whatever the spec", ({ expect }) => {
    fc.assert(
      fc.property(specModel, (model) => {
        const change = planned(filesOf(model), filesOf(model).toReversed());
        expect(change.stacks.flatMap(({ operations }) => operations)).toEqual([]);
        expect(change.stacks.flatMap(({ notes }) => notes)).toEqual([]);
        expect(change).toMatchObject({ visitors: [], price: { difference: 0 } });
      }),
      { numRuns: depth(12, 200) },
    );
  });

  test("undoing a change costs and makes what the change saved and removed", ({ expect }) => {
    fc.assert(
      fc.property(specModel, specModel, (one, other) => {
        const there = planned(filesOf(one), filesOf(other));
        const back = planned(filesOf(other), filesOf(one));
        const made = (change: FleetChange, op: string): string[] =>
          change.stacks
            .flatMap(({ operations }) => operations)
            .filter((operation) => operation.op === op)
            .map(({ name }) => name)
            .toSorted();
        expect(made(back, "create")).toEqual(made(there, "delete"));
        expect(made(back, "delete")).toEqual(made(there, "create"));
        expect(made(back, "replace")).toEqual(made(there, "replace"));
      }),
      { numRuns: depth(12, 200) },
    );
  });

  test("tells all that is wrong with the new side", ({ expect }) => {
    const broken = edited(sample, WORKER, "spread: 2", "spred: 2");
    const result = planChange(sample, broken);
    expect(result.ok).toBe(false);
    expect(result.diagnostics.map(({ code }) => code)).toEqual(["E107"]);
  });

  test("plans from nothing when the old side doesn't compile, and says so", ({ expect }) => {
    const result = planChange(edited(sample, WORKER, "spread: 2", "spred: 2"), sample);
    expect(result).toMatchObject({ ok: true, beforeDiagnostics: [{ code: "E107" }] });
    const nothing = planChange(undefined, sample);
    expect(nothing).toMatchObject({ ok: true, beforeDiagnostics: [] });
    if (!result.ok || !nothing.ok) throw new Error("the sample doesn't compile");
    expect(result.change).toEqual(nothing.change);
    expect(result.change.before).toBe("nothing");
    expect(result.change.unknown[0]).toContain("everything is counted as new");
    expect(result.change.stacks.map(({ stack, presence }) => [stack, presence])).toEqual([
      ["global", "new"],
      ["fra", "new"],
      ["iad", "new"],
    ]);
    expect(stackOf(result.change, "global").commands).toEqual([
      "pulumi stack init global",
      "pulumi up -s global",
    ]);
    expect(operationNames(result.change, "global")).toEqual([
      "create edge",
      "create edge-app",
      "create edge-dns-app-fra.example.com",
      "create edge-dns-app-iad.example.com",
      "create edge-dns-app.example.com",
      "create edge-nkeys",
      "create edge-origin-cert-g1",
      "create edge-origin-key-g1",
      "create edge-passwords",
      "create edge-secrets",
      "create edge-shared_v4",
      "create edge-v6",
      "create flotilla-global",
    ]);
  });
});

describe("what happens to a host", () => {
  test("a host more is created with its services, and touches no other", ({ expect }) => {
    const iad = stackOf(planned(caseNamed("an infra replica more").edit(sample)), "iad");
    expect(iad.hosts).toEqual([
      expect.objectContaining({
        host: "iad-2",
        effect: "create",
        reasons: [],
        comes: ["caddy", "worker"],
      }),
    ]);
    expect(iad.checks).toBe(true);
  });

  test("a host less is destroyed; one with a volume leaves it behind", ({ expect }) => {
    const change = planned(REGION_REMOVED.edit(sample));
    const fra = stackOf(change, "fra");
    expect(fra).toMatchObject({
      presence: "left",
      commands: ["pulumi destroy -s fra", "pulumi stack rm fra"],
      hosts: [{ host: "fra-0", effect: "destroy" }],
      volumes: [{ volume: "fra_0_data", effect: "keep", fromGb: 4 }],
    });
    expect(change.stacks.at(-1)).toBe(fra);
  });

  test("a slot switched on is no reboot", ({ expect }) => {
    const iad = stackOf(planned(caseNamed("a local replica more").edit(sample)), "iad");
    expect(iad.hosts).toEqual([
      {
        host: "iad-1",
        effect: "switch",
        reasons: [{ part: "active", text: "ACTIVE_WORKER 1 → 2" }],
        switched: [{ service: "worker", from: 1, to: 2 }],
        comes: [],
        leaves: [],
      },
    ]);
    expect(iad.checks).toBe(false);
    expect(iad.notes).toEqual(["worker: replicas 3 → 4"]);
  });

  test("a file's change says how many lines and which", ({ expect }) => {
    const iad = stackOf(planned(caseNamed("a route").edit(sample)), "iad");
    const reasons = iad.hosts.map((host) => host.reasons);
    expect(reasons[0]).toEqual([
      {
        part: "file",
        // Once per place where Caddy takes the path: public, of its region, from other regions.
        text: "/flotilla/etc/caddy.json: +6 −3 lines",
        lines: ['- "/nats"', '+ "/nats",', '+ "/bus"'],
      },
    ]);
  });

  test("image, size and certificate are told in their own words", ({ expect }) => {
    const reasonsOf = (name: string): unknown =>
      stackOf(planned(caseNamed(name).edit(sample)), "iad").hosts[0]?.reasons;
    expect(reasonsOf("another image")).toEqual([
      {
        part: "image",
        text: "registry.fly.io/acme@sha256:4f53cda18c2b → registry.fly.io/acme@sha256:5f53cda18c2b",
      },
    ]);
    expect(reasonsOf("a region's machine size")).toEqual([
      { part: "size", text: "memory 512 MB → 1024 MB" },
    ]);
    const raised = planned(GENERATION_RAISED.edit(sample));
    expect(stackOf(raised, "iad").hosts[1]?.reasons).toEqual([
      { part: "certificate", text: "another certificate and key" },
    ]);
    expect(stackOf(raised, "global").certificate).toMatchObject({ from: 1, to: 2 });
  });

  test("a warm host is created stopped; one that a replica wakes is started", ({ expect }) => {
    const warm = caseNamed("a warm host").edit(sample);
    expect(stackOf(planned(warm), "iad").hosts).toMatchObject([
      { host: "iad-2", effect: "create-stopped", switched: [] },
    ]);
    const woken = edited(
      warm,
      "specs/services/caddy.yaml",
      "iad: { replicas: 2",
      "iad: { replicas: 3",
    );
    expect(stackOf(planned(woken, warm), "iad").hosts).toMatchObject([
      { host: "iad-2", effect: "start", reasons: [{ part: "state", text: "stopped → started" }] },
      { host: "iad-3", effect: "create-stopped" },
    ]);
    expect(stackOf(planned(warm, woken), "iad").hosts).toMatchObject([
      { host: "iad-2", effect: "stop" },
      { host: "iad-3", effect: "destroy" },
    ]);
    const resized = edited(warm, FLEET, "memory_mb: 512", "memory_mb: 1024");
    expect(stackOf(planned(resized, warm), "iad").hosts.at(-1)).toMatchObject({
      host: "iad-2",
      effect: "rewrite",
    });
  });

  test("a host that gets a volume is made anew", ({ expect }) => {
    const withoutDatabase = sample
      .filter(({ path }) => path !== POCKETBASE)
      .map(({ path, text }) => ({
        path,
        text: text
          .replace("  - { path: [/api/*, /_/*], to: pocketbase }\n", "")
          .replace(", POCKETBASE_WORKER_PASSWORD", ""),
      }));
    const counts = "iad: { replicas: 2, max: 4 }";
    const before = edited(withoutDatabase, NATS, counts, "iad: { replicas: 3, max: 4 }");
    const servers = edited(
      withoutDatabase,
      NATS,
      counts,
      "iad: { replicas: 3, max: 4, jetstream: { servers: 3, storage_gb: 1, memory_mb: 64 } }",
    );
    const iad = stackOf(planned(servers, before), "iad");
    expect(iad.hosts).toMatchObject([
      { host: "iad-0", effect: "reboot" },
      { host: "iad-1", effect: "recreate" },
      { host: "iad-2", effect: "recreate" },
    ]);
    expect(iad.volumes).toMatchObject([
      { volume: "iad_1_data", effect: "create", toGb: 1 },
      { volume: "iad_2_data", effect: "create", toGb: 1 },
    ]);
  });

  test("a volume grows without its host, though a preview lists the Machine", ({ expect }) => {
    const iad = stackOf(planned(caseNamed("a data host's volume grows").edit(sample)), "iad");
    expect(iad).toMatchObject({
      hosts: [],
      pauses: [],
      volumes: [{ volume: "iad_0_data", effect: "grow", fromGb: 4, toGb: 5 }],
    });
    expect(iad.operations).toEqual([
      { stack: "iad", op: "update", name: "iad-0-data" },
      { stack: "iad", op: "update", name: "iad-0-machine", previewOnly: true },
    ]);
  });

  test("what the engine refuses is said before it does", ({ expect }) => {
    const smaller = planned(edited(sample, POCKETBASE, "storage_gb: 3", "storage_gb: 2"));
    expect(stackOf(smaller, "iad").refused).toEqual([
      "volume iad_0_data can't shrink from 4 GB to 3 GB: Fly only grows volumes",
    ]);
    expect(stackOf(smaller, "iad").volumes).toEqual([]);
    const renamed = planned(edited(sample, FLEET, "name: acme", "name: other"));
    expect(stackOf(renamed, "global").refused).toHaveLength(1);
    expect(stackOf(renamed, "iad").hosts.map(({ effect }) => effect)).toEqual([
      "replace",
      "replace",
    ]);
  });
});

describe("who notices", () => {
  test("a rebooted data host is a pause of its services, others are none", ({ expect }) => {
    const change = planned(caseNamed("an environment variable").edit(sample));
    expect(stackOf(change, "iad").pauses).toEqual([
      "JetStream (nats) of iad pauses while iad-0 reboots",
      "PocketBase (pocketbase) of iad pauses while iad-0 reboots",
    ]);
    expect(stackOf(planned(caseNamed("a local replica more").edit(sample)), "iad").pauses).toEqual(
      [],
    );
  });

  test("a region more or less changes who answers, and with which data", ({ expect }) => {
    expect(planned(REGION_ADDED.edit(sample)).visitors).toEqual([
      "app.example.com: visitors nearest to syd are answered there from now on",
      "visitors of syd get a database of their own, which starts empty",
    ]);
    expect(planned(REGION_REMOVED.edit(sample)).visitors).toEqual([
      "app.example.com: visitors nearest to fra are answered by the next region",
      "visitors of fra lose their database: its volume is kept, unserved",
    ]);
  });

  test("another data mode or writer is another database", ({ expect }) => {
    const single = (writer: string): SpecFile[] =>
      edited(
        edited(
          sample,
          POCKETBASE,
          "data: regional",
          `data: { mode: single-writer, writer: ${writer} }`,
        ),
        POCKETBASE,
        "default: { replicas: 1 }",
        `${writer}: { replicas: 1 }`,
      );
    expect(planned(single("iad")).visitors).toEqual([
      "every region's visitors get the one database of iad; those of fra stay on volumes that nothing serves",
    ]);
    expect(planned(sample, single("iad")).visitors).toEqual([
      "each region's visitors get a database of their own: iad keeps what the fleet had; the databases of fra start with what their volumes hold, at first nothing",
    ]);
    expect(planned(single("fra"), single("iad")).visitors).toEqual([
      "all visitors get the database of fra instead of that of iad: nothing is copied, so restore a backup there first",
    ]);
  });

  test("a secret named newly must be set, unless `global` makes it", ({ expect }) => {
    const named = planned(edited(sample, WORKER, "[API_KEY, ", "[API_KEY, MAIL_KEY, "));
    expect(named.secrets).toEqual({ added: ["MAIL_KEY"], removed: [] });
    expect(stackOf(named, "global")).toMatchObject({
      operations: [{ op: "update", name: "edge-secrets", onlyIf: "MAIL_KEY isn't set yet" }],
      commands: ["pulumi up -s global"],
    });
    expect(planned(caseNamed("a secret that `global` makes").edit(sample)).secrets).toEqual({
      added: [],
      removed: [],
    });
    expect(planned(edited(sample, WORKER, "[API_KEY, ", "[")).secrets).toEqual({
      added: [],
      removed: ["API_KEY"],
    });
  });
});

test("every host of 18 regions with 100 hosts each is told", ({ expect }) => {
  const large = (memory: number): SpecFile[] => {
    const codes = "ams arn bom cdg dfw ewr fra gru iad jnb lax lhr nrt ord sin sjc syd yyz".split(
      " ",
    );
    const each = (value: object): object => Object.fromEntries(codes.map((code) => [code, value]));
    return [
      {
        path: "fleet.yaml",
        text: stringify({
          kind: "Fleet",
          name: "acme",
          organization: "personal",
          image: "registry.example/acme:1",
          zone: "example.com",
          hostnames: ["app.example.com"],
          machine: { cpu_kind: "shared", cpus: 1, memory_mb: memory },
          regions: each({ max_hosts: 100 }),
        }),
      },
      {
        path: "worker.yaml",
        text: stringify({
          kind: "Service",
          name: "worker",
          type: "process",
          command: ["worker"],
          regions: { default: { replicas: 100 } },
        }),
      },
    ];
  };
  const change = planned(large(1024), large(512));
  expect(change.stacks.flatMap(({ hosts }) => hosts)).toHaveLength(1_800);
});

function operationNames(change: FleetChange, stack: string): string[] {
  return stackOf(change, stack).operations.map(({ op, name }) => `${op} ${name}`);
}

function caseNamed(name: string): (typeof CASES)[number] {
  const found = CASES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}
