import { describe, test } from "vitest";
import {
  compile,
  formatDiagnostic,
  regionsOf,
  rolloutOrder,
  validate,
} from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { desiredOf, fileOf, regionOf } from "../kit/compiled.ts";
import { edited, sampleSpecs, singleWriterSpecs } from "../../fixtures/sample-specs.ts";

describe("compile", () => {
  test("shows mistakes of several files at once, by file and position", ({ expect }) => {
    const files = [
      ["specs/fleet.yaml", "fra: { max_hosts: 2 }", "fra: { max_host: 2 }"],
      ["specs/services/caddy.yaml", "to: nats", "to: natts"],
      ["specs/services/caddy.yaml", "fra: { replicas: 1 }", 'fra: { replicas: "1" }'],
      ["specs/services/worker.yaml", "{ http: 9100 }", "{ http: 8090 }"],
      ["specs/services/worker.yaml", "max_per_host: 4", "max_per_host: 4\nstop_timeout: 30"],
    ].reduce<SpecFile[]>(
      (all, [path = "", from = "", to = ""]) => edited(all, path, from, to),
      sampleSpecs(),
    );
    const found = validate(files).map(
      ({ code, file, line, column }) => `${code} ${file}:${line}:${column}`,
    );
    expect(found).toEqual([
      "E107 specs/fleet.yaml:13:10",
      "E109 specs/services/caddy.yaml:9:20",
      "E111 specs/services/worker.yaml:14:15",
    ]);
  });

  test("looks across files for what is wrong together", ({ expect }) => {
    const files = [
      ["specs/services/caddy.yaml", "to: nats", "to: natts"],
      ["specs/services/worker.yaml", "{ http: 9100 }", "{ http: 8090 }"],
      ["specs/services/worker.yaml", "spread: 2", "spred: 2"],
      ["specs/services/nats.yaml", "hub: iad", "hub: lhr"],
      ["specs/fleet.yaml", "[app.example.com]", "[app.example.org]"],
    ].reduce<SpecFile[]>(
      (all, [path = "", from = "", to = ""]) => edited(all, path, from, to),
      sampleSpecs(),
    );
    expect(validate(files).map(({ code }) => code)).toEqual([
      "E204",
      "E321",
      "E312",
      "E403",
      "E107",
    ]);
  });

  test("never throws, whatever it is given", ({ expect }) => {
    const texts = [
      "",
      "a",
      "- 1",
      "kind: Fleet",
      "kind: [Fleet]",
      "{",
      "\t",
      "kind: Service\ntype: process",
      "&a [*a]",
      "? [a]\n: b",
      "kind: Fleet\nregions: 3",
      "!!binary x",
      "kind: Fleet\nregions: { iad: }",
      "\u0000",
    ];
    for (const text of texts) {
      const files = [...sampleSpecs(), { path: "specs/extra.yaml", text }];
      for (const stack of ["global", "iad", ""]) {
        const compiled = compile(files, { stack });
        expect(compiled.ok).toBe(false);
        expect(compiled.diagnostics.length).toBeGreaterThan(0);
        for (const { line, column } of compiled.diagnostics)
          expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      }
    }
    expect(compile([], { stack: "global" })).toMatchObject({
      ok: false,
      diagnostics: [{ code: "E201", file: "specs" }],
    });
  });

  test("prints a diagnostic on a line, its hint on the next", ({ expect }) => {
    const [first] = validate(
      edited(sampleSpecs(), "specs/services/worker.yaml", "scalable:", "scaleable:"),
    );
    expect(first === undefined ? "" : formatDiagnostic(first)).toBe(
      "specs/services/worker.yaml:5:1 error E107 unknown key `scaleable`\n  hint: Did you mean `scalable`?",
    );
  });

  test("names the commands for a stack whose region left the spec", ({ expect }) => {
    const files = edited(
      sampleSpecs().map(({ path, text }) => ({
        path,
        text: text
          .replaceAll(/fra: \{ replicas: 1(, max: 2)? \},?/g, "")
          .replace(", fra]", "]")
          .replace("[fra, iad]", "[iad]"),
      })),
      "specs/fleet.yaml",
      "  fra: { max_hosts: 2 }\n",
      "",
    );
    expect(compile(files, { stack: "iad" }).ok).toBe(true);
    const gone = compile(files, { stack: "fra" });
    expect(gone).toMatchObject({ ok: false, diagnostics: [{ code: "E405" }] });
    expect(gone.diagnostics[0]?.hint).toContain(
      "`pulumi destroy -s fra`, then `pulumi stack rm fra`",
    );
  });

  test("says which regions there are and in which order changes reach them", ({ expect }) => {
    expect(regionsOf(sampleSpecs())).toEqual({ ok: true, regions: ["iad", "fra"] });
    expect(rolloutOrder(sampleSpecs())).toEqual({ ok: true, regions: ["fra", "iad"] });
    expect(
      rolloutOrder(edited(sampleSpecs(), "specs/fleet.yaml", ", region_order: [fra, iad]", "")),
    ).toEqual({
      ok: true,
      regions: ["iad", "fra"],
    });
    expect(regionsOf([])).toMatchObject({ ok: false });
  });

  test("checks secrets only when it is told which are set", ({ expect }) => {
    expect(compile(sampleSpecs(), { stack: "global" }).ok).toBe(true);
    expect(compile(sampleSpecs(), { stack: "global", secrets: ["API_KEY"] }).ok).toBe(true);
    expect(compile(sampleSpecs(), { stack: "global", secrets: [] })).toMatchObject({
      ok: false,
      diagnostics: [{ code: "E406", path: "secrets[0]" }],
    });
  });
});

describe("render", () => {
  test("one change, one place: a Caddy more is a host more and nothing else", ({ expect }) => {
    const more = edited(
      sampleSpecs(),
      "specs/services/caddy.yaml",
      "replicas: 2, min: 1",
      "replicas: 3, min: 1",
    );
    const before = regionOf(compile(sampleSpecs(), { stack: "iad" }));
    const after = regionOf(compile(more, { stack: "iad" }));
    expect(after.hosts.map(({ name }) => name)).toEqual(["iad-0", "iad-1", "iad-2"]);
    expect(after.hosts.slice(0, 2)).toEqual(before.hosts);
    for (const stack of ["global", "fra"])
      expect(desiredOf(compile(more, { stack }))).toEqual(
        desiredOf(compile(sampleSpecs(), { stack })),
      );
  });

  test("a worker more is a switch on one host", ({ expect }) => {
    const more = edited(sampleSpecs(), "specs/services/worker.yaml", "replicas: 3", "replicas: 4");
    const before = regionOf(compile(sampleSpecs(), { stack: "iad" }));
    const after = regionOf(compile(more, { stack: "iad" }));
    expect(before.hosts.map(({ active }) => active)).toEqual([{ worker: 2 }, { worker: 1 }]);
    expect(after.hosts.map(({ active }) => active)).toEqual([{ worker: 2 }, { worker: 2 }]);
    expect(after.hosts[0]).toEqual(before.hosts[0]);
    expect(after.check).toEqual(before.check);
  });

  test("hosts of a region share every byte but names", ({ expect }) => {
    const desired = regionOf(compile(sampleSpecs(), { stack: "iad" }));
    const caddy = "/flotilla/etc/caddy.json";
    expect(fileOf(desired, "iad-1", caddy)).toBe(fileOf(desired, "iad-0", caddy));
  });

  test("a single writer serves every region and every name", ({ expect }) => {
    const fra = regionOf(compile(singleWriterSpecs(), { stack: "fra" }));
    const upstreams = fileOf(fra, "fra-0", "/flotilla/etc/caddy.json").match(
      /"dial": "[^"]*:8090"/g,
    );
    expect(new Set(upstreams)).toEqual(
      new Set(['"dial": "iad-0.host.kv._metadata.acme.internal:8090"']),
    );
    // On fra's own name, on the shared name, and on the listener for other regions.
    expect(upstreams).toHaveLength(3);
    expect(fra.hosts.map(({ volume }) => volume)).toEqual([{ name: "fra_0_data", sizeGb: 1 }]);
  });

  test("three JetStream servers are a cluster of data hosts, the fourth replica their leaf", ({
    expect,
  }) => {
    const three = edited(
      sampleSpecs(),
      "specs/services/nats.yaml",
      "iad: { replicas: 2, max: 4 }",
      "iad: { replicas: 4, jetstream: { servers: 3, storage_gb: 2, memory_mb: 64 } }",
    );
    const iad = regionOf(compile(three, { stack: "iad" }));
    expect(iad.hosts.map(({ volume }) => volume?.sizeGb)).toEqual([5, 2, 2, undefined]);
    const [first, second, , fourth] = iad.hosts.map(({ name }) =>
      fileOf(iad, name, "/flotilla/etc/nats.conf"),
    );
    expect(second).toBe(first?.replace('"iad-0"', '"iad-1"'));
    expect(first?.match(/nats-route:/g)).toHaveLength(3);
    expect(fourth?.match(/nats-leaf:/g)).toHaveLength(3);
    expect(fourth).not.toContain("jetstream");
    const fra = regionOf(compile(three, { stack: "fra" }));
    expect(
      fileOf(fra, "fra-0", "/flotilla/etc/nats.conf").match(/nats-leaf:\/\/iad/g),
    ).toHaveLength(3);
  });

  test("warm hosts are there, stopped, as the next burst needs them", ({ expect }) => {
    const warm = edited(sampleSpecs(), "specs/fleet.yaml", "warm_hosts: 0", "warm_hosts: 1");
    const quiet = regionOf(compile(warm, { stack: "iad" }));
    expect(quiet.hosts.map(({ name, state }) => [name, state])).toEqual([
      ["iad-0", "started"],
      ["iad-1", "started"],
      ["iad-2", "stopped"],
    ]);
    const burst = {
      version: 1,
      as_of: "2026-01-01T00:00:00Z",
      bursts: [
        {
          id: "b",
          service: "caddy",
          region: "iad",
          to: 3,
          from: "2026-01-01T00:00:00Z",
          until: "2026-01-01T01:00:00Z",
          author: "ada",
          reason: "launch",
        },
      ],
    };
    const busy = regionOf(
      compile(warm, { stack: "iad", signals: burst, now: "2026-01-01T00:30:00Z" }),
    );
    expect(busy.hosts.map(({ state }) => state)).toEqual(["started", "started", "started"]);
    expect(busy.hosts[2]?.files).toEqual(quiet.hosts[2]?.files);
    expect(busy.deviations).toEqual([
      {
        service: "caddy",
        region: "iad",
        replicas: 2,
        effective: 3,
        cause: "burst",
        author: "ada",
        reason: "launch",
        until: "2026-01-01T01:00:00Z",
        then: { count: 2, cause: "spec" },
      },
    ]);
  });

  test("gives a process no secret its spec doesn't name, and a host none it doesn't read", ({
    expect,
  }) => {
    const iad = regionOf(compile(sampleSpecs(), { stack: "iad" }));
    expect(iad.hosts[0]?.secrets).not.toContain("NATS_LEAF_SEED");
    expect(iad.hosts[1]?.secrets).not.toContain("POCKETBASE_ADMIN_PASSWORD");
    const project = fileOf(iad, "iad-0", "/flotilla/etc/process-compose.yaml");
    expect(project).toContain('- "API_KEY,NATS_APP_SEED,POCKETBASE_WORKER_PASSWORD,QUEUE"');
  });
});
