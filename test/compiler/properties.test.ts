import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { describe, test } from "vitest";
import { compile, FLY_REGIONS } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import type { HostDesired, RegionDesired } from "../../compiler/model/desired.ts";
import { depth } from "../kit/depth.ts";
import { desiredOf, regionOf } from "../kit/compiled.ts";
import { filesOf, now, signals, specModel } from "./spec-arbitrary.ts";
import type { SpecModel } from "./spec-arbitrary.ts";

const runs = { numRuns: depth(12, 200) };

function regionsOf(model: SpecModel): string[] {
  return Object.keys(model.regions);
}

function compileRegion(files: readonly SpecFile[], stack: string, live?: unknown): RegionDesired {
  return regionOf(compile(files, { stack, now, ...(live === undefined ? {} : { signals: live }) }));
}

describe("plan", () => {
  test("the order of files and of keys doesn't matter", ({ expect }) => {
    fc.assert(
      fc.property(specModel, signals, (model, live) => {
        const files = filesOf(model);
        const turned = files
          .toReversed()
          .map(({ path, text }) => ({ path, text: stringify(reversed(parse(text))) }));
        for (const stack of ["global", ...regionsOf(model)]) {
          const options = { stack, now, signals: live };
          expect(JSON.stringify(desiredOf(compile(turned, options)))).toBe(
            JSON.stringify(desiredOf(compile(files, options))),
          );
        }
      }),
      runs,
    );
  });

  test("nothing runs outside its bounds, whatever the signals", ({ expect }) => {
    fc.assert(
      fc.property(specModel, signals, (model, live) => {
        for (const region of regionsOf(model)) {
          const desired = compileRegion(filesOf(model), region, live);
          expect(desired.hosts.length).toBeLessThanOrEqual(model.regions[region]?.max_hosts ?? 0);
          for (const service of desired.services) {
            expect(service.effective).toBeGreaterThanOrEqual(service.min);
            expect(service.effective).toBeLessThanOrEqual(service.max);
            expect(running(desired, service.name)).toBe(service.effective);
          }
        }
      }),
      runs,
    );
  });

  test("a host with data is never stopped", ({ expect }) => {
    fc.assert(
      fc.property(specModel, signals, (model, live) => {
        for (const region of regionsOf(model)) {
          const { hosts } = compileRegion(filesOf(model), region, live);
          expect(
            hosts.filter(({ volume, state }) => volume !== undefined && state === "stopped"),
          ).toEqual([]);
        }
      }),
      runs,
    );
  });

  test("names are unique, and ports on a host", ({ expect }) => {
    fc.assert(
      fc.property(specModel, (model) => {
        const hosts = regionsOf(model).flatMap(
          (region) => compileRegion(filesOf(model), region).hosts,
        );
        expectUnique(hosts.map(({ name }) => name));
        expectUnique(hosts.flatMap(({ volume }) => (volume === undefined ? [] : [volume.name])));
        for (const host of hosts) {
          expectUnique(portsOf(host));
          expect(host.name).toMatch(/^[a-z]{3}-[0-9]+$/);
        }
        function expectUnique(values: readonly unknown[]): void {
          expect(values.length).toBe(new Set(values).size);
        }
      }),
      runs,
    );
  });

  test("another host changes no other host", ({ expect }) => {
    fc.assert(
      fc.property(specModel, (model) => {
        for (const [region, { max_hosts: hosts }] of Object.entries(model.regions))
          for (let replicas = 1; replicas < hosts; replicas++) {
            const [before, after] = [replicas, replicas + 1].map(
              (count) => compileRegion(filesOf(onlyCaddies(model, region, count)), region).hosts,
            );
            const started = before?.filter(({ state }) => state === "started");
            expect(started?.length).toBe(replicas);
            expect(after?.slice(0, replicas)).toEqual(started);
            expect(after?.[replicas]?.state).toBe("started");
          }
      }),
      runs,
    );
  });

  test("a local replica more changes no file", ({ expect }) => {
    fc.assert(
      fc.property(specModel, (model) => {
        for (const region of regionsOf(model)) {
          const counts = model.worker[region];
          if (counts === undefined || counts.replicas >= counts.max) continue;
          const more = {
            ...model,
            worker: { ...model.worker, [region]: { ...counts, replicas: counts.replicas + 1 } },
          };
          const before = compileRegion(filesOf(model), region).hosts;
          const after = compileRegion(filesOf(more), region).hosts;
          const moved = before.filter((host) => {
            const later = after.find(({ name }) => name === host.name);
            return JSON.stringify(host.active) !== JSON.stringify(later?.active);
          });
          expect(moved.length).toBeLessThanOrEqual(1);
          for (const host of before.filter(({ state }) => state === "started"))
            expect(after.find(({ name }) => name === host.name)?.files).toEqual(host.files);
        }
      }),
      runs,
    );
  });

  test("another region changes no other region", ({ expect }) => {
    fc.assert(
      fc.property(specModel, fc.constantFrom(...FLY_REGIONS), (model, code) => {
        if (code in model.regions) return;
        const zero = { [code]: { replicas: 1, min: 1, max: 1 } };
        const more: SpecModel = {
          ...model,
          regions: { ...model.regions, [code]: { max_hosts: 1, warm_hosts: 0 } },
          caddy: { ...model.caddy, ...zero },
          nats: { ...model.nats, ...zero },
        };
        for (const region of regionsOf(model))
          expect(compileRegion(filesOf(more), region)).toEqual(
            compileRegion(filesOf(model), region),
          );
      }),
      runs,
    );
  });

  test("counts and signals never reach `global`", ({ expect }) => {
    fc.assert(
      fc.property(specModel, specModel, fc.anything(), (model, other, live) => {
        const { regions, tls, backup } = model;
        const same = { ...other, regions, tls, backup };
        const counted: SpecModel =
          Object.keys(other.regions).join() === regionsOf(model).join() ? same : model;
        const quiet = desiredOf(compile(filesOf(model), { stack: "global" }));
        const result = compile(filesOf(counted), { stack: "global", signals: live });
        // Counts of another model may not fit this one's hosts: then there is nothing to compare.
        if (result.ok) expect(result.desired).toEqual(quiet);
      }),
      runs,
    );
  });
});

/** Replicas that are switched on, on hosts that are started. */
function running(desired: RegionDesired, service: string): number {
  const started = desired.hosts.filter(({ state }) => state === "started");
  const strategy = desired.services.find(({ name }) => name === service)?.strategy;
  if (strategy === "local")
    return started.reduce((sum, host) => {
      const on = host.active[service] ?? 0;
      const slots = processesOf(host).filter((name) => name.startsWith(`${service}-`)).length;
      return sum + Math.min(on, slots);
    }, 0);
  return started.filter((host) =>
    processesOf(host).some((name) => name === service || name === `${service}-0`),
  ).length;
}

interface Project {
  processes: Record<string, { environment?: string[] }>;
}

function projectOf(host: HostDesired): Project {
  const file = host.files.find(({ path }) => path.endsWith("process-compose.yaml"));
  if (file === undefined || !("text" in file)) throw new Error(`${host.name} has no project`);
  return parse(file.text) as Project;
}

function processesOf(host: HostDesired): string[] {
  return Object.keys(projectOf(host).processes);
}

function portsOf(host: HostDesired): string[] {
  return Object.values(projectOf(host).processes).flatMap(({ environment = [] }) =>
    environment.filter((line) => line.startsWith("PORT_")).map((line) => line.split("=")[1] ?? ""),
  );
}

/** As many hosts as Caddies: nothing else asks for more than one. */
function onlyCaddies(model: SpecModel, region: string, replicas: number): SpecModel {
  const max = model.regions[region]?.max_hosts ?? 1;
  return {
    ...model,
    caddy: { ...model.caddy, [region]: { replicas, min: 1, max } },
    nats: { ...model.nats, [region]: { replicas: 1, min: 1, max } },
    worker: { ...model.worker, [region]: { replicas: 1, min: 0, max: 1 } },
    mailer: { ...model.mailer, [region]: { replicas: 0, min: 0, max } },
  };
}

/** The same mapping with its keys the other way round; lists keep their order, which means something. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, child]) => [key, reversed(child)]),
  );
}
