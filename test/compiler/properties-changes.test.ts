import * as fc from "fast-check";
import { describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { HostDesired, RegionDesired } from "../../compiler/model/desired.ts";
import { depth } from "../kit/depth.ts";
import { desiredOf, regionOf } from "../kit/compiled.ts";
import { filesOf, now, signals, specModel, specNames } from "./spec-arbitrary.ts";
import type { SpecModel } from "./spec-arbitrary.ts";

const runs = { numRuns: depth(12, 200) };

describe("what a change of the spec changes", () => {
  test("nothing at all: the same files give the same bytes", ({ expect }) => {
    fc.assert(
      fc.property(specModel, specModel, signals, (model, other, live) => {
        for (const stack of ["global", ...Object.keys(model.regions)]) {
          const bytes = (): string =>
            JSON.stringify(compile(filesOf(model), { stack, now, signals: live }));
          const first = bytes();
          compile(filesOf(other), { stack: "global" });
          expect(bytes()).toBe(first);
        }
      }),
      runs,
    );
  });

  for (const service of ["caddy", "nats", "mailer", "worker"] as const)
    test(`a replica of ${service} more changes one host`, ({ expect }) => {
      fc.assert(
        fc.property(specModel, fc.nat(), (drawn, draw) => {
          const model = { ...drawn, regions: withoutWarmHosts(drawn) };
          for (const [region, { max_hosts: hosts }] of Object.entries(model.regions)) {
            const most = service === "worker" ? hosts * model.maxPerHost : hosts;
            const least = service === "nats" ? 1 : 0;
            if (most === least) continue;
            const replicas = least + (draw % (most - least));
            const [before, after] = [replicas, replicas + 1].map((count) =>
              regionOf(
                compile(filesOf(withCounts(model, service, region, count, most)), {
                  stack: region,
                }),
              ),
            ) as [RegionDesired, RegionDesired];
            const changes = changedHosts(before.hosts, after.hosts);
            expect(changes).toHaveLength(1);
            const [from, to] = changes[0] ?? [];
            if (service !== "worker" || from === undefined || to === undefined) continue;
            // A slot that is switched on is no reason to start a host again.
            expect(withoutCounts(to)).toEqual(withoutCounts(from));
            expect(to.active[service]).toBe((from.active[service] ?? 0) + 1);
          }
        }),
        runs,
      );
    });

  test("a warm host more changes no other host", ({ expect }) => {
    fc.assert(
      fc.property(specModel, (model) => {
        for (const [region, { max_hosts, warm_hosts }] of Object.entries(model.regions)) {
          if (warm_hosts + 1 >= max_hosts) continue;
          const more = { max_hosts, warm_hosts: warm_hosts + 1 };
          const regions = { ...model.regions, [region]: more };
          const before = regionOf(compile(filesOf(model), { stack: region })).hosts;
          const after = regionOf(compile(filesOf({ ...model, regions }), { stack: region })).hosts;
          expect(after.slice(0, before.length)).toEqual(before);
          expect(after.slice(before.length).every(({ state }) => state === "stopped")).toBe(true);
        }
      }),
      runs,
    );
  });

  test("another name of a service changes that name only", ({ expect }) => {
    // Found nowhere else, and behind every other name, so that the order stays.
    const name = fc.stringMatching(/^zq[a-z]{1,8}(-[a-z]{1,8})?$/);
    fc.assert(
      fc.property(specModel, name, name, (model, before, after) => {
        const names = { fleet: "acme", mailer: "mailer", port: "http" };
        for (const stack of ["global", ...Object.keys(model.regions)]) {
          const [old, renamed] = [before, after].map((worker) =>
            JSON.stringify(desiredOf(compile(filesOf(model, { ...names, worker }), { stack }))),
          );
          expect(renamed).toBe(
            old?.replaceAll(before, after).replaceAll(variable(before), variable(after)),
          );
        }
      }),
      runs,
    );
  });
});

describe("names", () => {
  test("are unique and by Fly's rules, whatever a spec calls things", ({ expect }) => {
    fc.assert(
      fc.property(specModel, specNames, (model, names) => {
        const regions = Object.keys(model.regions).map((stack) =>
          regionOf(compile(filesOf(model, names), { stack })),
        );
        const hosts = regions.flatMap((region) => region.hosts);
        expectUnique(hosts.map((host) => host.name));
        expectUnique(hosts.flatMap(({ volume }) => (volume === undefined ? [] : [volume.name])));
        for (const { app } of regions) expect(app.name).toMatch(/^[a-z][a-z0-9-]{0,62}$/);
        for (const host of hosts) {
          expect(host.name).toMatch(/^[a-z]{3}-[0-9]{1,3}$/);
          if (host.volume !== undefined) expect(host.volume.name).toMatch(/^[a-z0-9_]{1,30}$/);
          for (const key of Object.keys(host.config.env)) expect(key).toMatch(/^[A-Z][A-Z0-9_]*$/);
          const text = fileText(host, "process-compose.yaml");
          const processes = [...text.matchAll(/^ {2}([a-z][a-z0-9-]*):$/gm)].map((each) => each[1]);
          expectUnique(processes);
          const switches = [...text.matchAll(/is_disabled: "\$\{(.*)\}"/g)].map((each) => each[1]);
          expect(switches).toHaveLength(model.maxPerHost * localServices(host));
          expectUnique(switches);
        }
        function expectUnique(values: readonly unknown[]): void {
          expect(values).toHaveLength(new Set(values).size);
        }
      }),
      { numRuns: depth(15, 200) },
    );
  });
});

describe("signals", () => {
  test("anything at all is refused as unreadable, or stays within bounds", ({ expect }) => {
    fc.assert(
      fc.property(specModel, fc.oneof(fc.jsonValue(), fc.anything(), signals), (model, live) => {
        for (const stack of Object.keys(model.regions)) {
          const compiled = compile(filesOf(model), { stack, now, signals: live });
          if (compiled.ok)
            for (const { effective, min, max } of regionOf(compiled).services)
              expect(effective >= min && effective <= max).toBe(true);
          else expect(errorsOf(compiled.diagnostics)).toEqual(["E408"]);
        }
      }),
      { numRuns: depth(40, 400) },
    );
  });
});

function errorsOf(diagnostics: readonly { code: string; severity: string }[]): string[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return [...new Set(errors.map(({ code }) => code))];
}

function withoutWarmHosts({ regions }: SpecModel): SpecModel["regions"] {
  return Object.fromEntries(
    Object.entries(regions).map(([code, { max_hosts }]) => [code, { max_hosts, warm_hosts: 0 }]),
  );
}

function withCounts(
  model: SpecModel,
  service: "caddy" | "nats" | "mailer" | "worker",
  region: string,
  replicas: number,
  max: number,
): SpecModel {
  const min = service === "nats" ? 1 : 0;
  return { ...model, [service]: { ...model[service], [region]: { replicas, min, max } } };
}

/** Hosts that are new, gone or different, as they were and as they are. */
function changedHosts(
  before: readonly HostDesired[],
  after: readonly HostDesired[],
): [HostDesired | undefined, HostDesired | undefined][] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names]
    .map((name): [HostDesired | undefined, HostDesired | undefined] => [
      before.find((host) => host.name === name),
      after.find((host) => host.name === name),
    ])
    .filter(([from, to]) => JSON.stringify(from) !== JSON.stringify(to));
}

function withoutCounts(host: HostDesired): object {
  const kept = Object.entries(host.config.env).filter(([name]) => !name.startsWith("ACTIVE_"));
  return { ...host, active: {}, config: { ...host.config, env: Object.fromEntries(kept) } };
}

function variable(service: string): string {
  return service.toUpperCase().replaceAll("-", "_");
}

function localServices(host: HostDesired): number {
  return Object.keys(host.active).length;
}

function fileText(host: HostDesired, name: string): string {
  const file = host.files.find(({ path }) => path.endsWith(name));
  if (file === undefined || !("text" in file)) throw new Error(`${host.name} has no ${name}`);
  return file.text;
}
