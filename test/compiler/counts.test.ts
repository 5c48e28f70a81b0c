import { describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { placeLocal } from "../../compiler/plan/placement.ts";
import { edited, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { regionOf } from "../kit/compiled.ts";

describe("placement of local replicas", () => {
  test.for([
    { replicas: 0, spread: 2, perHost: 4, hosts: [] },
    { replicas: 1, spread: 2, perHost: 4, hosts: [1] },
    { replicas: 3, spread: 2, perHost: 4, hosts: [2, 1] },
    { replicas: 3, spread: 1, perHost: 4, hosts: [3] },
    { replicas: 8, spread: 2, perHost: 4, hosts: [4, 4] },
    { replicas: 9, spread: 2, perHost: 4, hosts: [4, 4, 1] },
    { replicas: 15, spread: 2, perHost: 4, hosts: [4, 4, 4, 3] },
    { replicas: 5, spread: 3, perHost: 1, hosts: [1, 1, 1, 1, 1] },
    { replicas: 5, spread: 3, perHost: 2, hosts: [2, 2, 1] },
  ])("$replicas over $spread of $perHost", ({ replicas, spread, perHost, hosts }, { expect }) => {
    expect(placeLocal(replicas, spread, perHost)).toEqual(hosts);
  });
});

describe("effective count of worker in iad (3 replicas, 1 to 8)", () => {
  const now = "2026-01-01T12:00:00Z";
  const burst = (to: number, from: string, until: string): object => ({
    id: "b",
    service: "worker",
    region: "iad",
    to,
    from,
    until,
    author: "ada",
    reason: "launch",
  });
  const metric = (count: number, validUntil: string): object => ({
    service: "worker",
    region: "iad",
    count,
    valid_until: validUntil,
    reason: "lag 400",
  });
  const live = ["2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"] as const;

  test.for([
    { name: "nothing", bursts: [], metrics: [], effective: 3 },
    { name: "a burst", bursts: [burst(5, ...live)], metrics: [], effective: 5, cause: "burst" },
    {
      name: "the largest burst",
      bursts: [burst(5, ...live), burst(7, ...live)],
      metrics: [],
      effective: 7,
      cause: "burst",
    },
    {
      name: "a burst that is over",
      bursts: [burst(5, "2026-01-01T11:00:00Z", now)],
      metrics: [],
      effective: 3,
    },
    {
      name: "a burst yet to come",
      bursts: [burst(5, "2026-01-01T13:00:01+01:00", "2026-01-02T00:00:00Z")],
      metrics: [],
      effective: 3,
    },
    { name: "a burst below the spec", bursts: [burst(2, ...live)], metrics: [], effective: 3 },
    {
      name: "a burst above max",
      bursts: [burst(20, ...live)],
      metrics: [],
      effective: 8,
      cause: "bounds",
    },
    {
      name: "a metric above",
      bursts: [],
      metrics: [metric(6, live[1])],
      effective: 6,
      cause: "metric",
    },
    {
      name: "a metric below",
      bursts: [],
      metrics: [metric(1, live[1])],
      effective: 1,
      cause: "metric",
    },
    {
      name: "a metric below min",
      bursts: [],
      metrics: [metric(0, live[1])],
      effective: 1,
      cause: "bounds",
    },
    { name: "a metric past its time", bursts: [], metrics: [metric(6, now)], effective: 3 },
    {
      name: "a burst above a metric",
      bursts: [burst(5, ...live)],
      metrics: [metric(1, live[1])],
      effective: 5,
      cause: "burst",
    },
    {
      name: "a metric above a burst",
      bursts: [burst(5, ...live)],
      metrics: [metric(6, live[1])],
      effective: 6,
      cause: "metric",
    },
  ])("$name", ({ bursts, metrics, effective, cause }, { expect }) => {
    const signals = { version: 1, as_of: now, bursts, metrics };
    const desired = regionOf(compile(sampleSpecs(), { stack: "iad", signals, now }));
    expect(desired.services.find(({ name }) => name === "worker")?.effective).toBe(effective);
    expect(desired.deviations.map((each) => each.cause)).toEqual(
      cause === undefined ? [] : [cause],
    );
  });

  test("says when the bounds had the last word", ({ expect }) => {
    const signals = { version: 1, as_of: now, bursts: [burst(20, ...live)] };
    const { deviations } = regionOf(compile(sampleSpecs(), { stack: "iad", signals, now }));
    expect(deviations).toEqual([
      {
        service: "worker",
        region: "iad",
        replicas: 3,
        effective: 8,
        cause: "bounds",
        author: "ada",
        reason: "launch",
        limited: { signal: "burst", asked: 20, bound: { name: "max", value: 8 } },
        until: live[1],
        then: { count: 3, cause: "spec" },
      },
    ]);
  });

  test("and when they leave just what the spec says", ({ expect }) => {
    const files = edited(
      sampleSpecs(),
      "specs/services/worker.yaml",
      "iad: { replicas: 3, min: 1, max: 8 }",
      "iad: { replicas: 3, min: 1, max: 3 }",
    );
    const signals = { version: 1, as_of: now, bursts: [burst(5, ...live)] };
    const { deviations } = regionOf(compile(files, { stack: "iad", signals, now }));
    expect(deviations).toMatchObject([
      { replicas: 3, effective: 3, cause: "bounds", limited: { signal: "burst", asked: 5 } },
    ]);
  });

  test("an author keeps every character of the name", ({ expect }) => {
    const bursts = [{ ...burst(4, ...live), author: "ci: nightly" }];
    const signals = { version: 1, as_of: now, bursts };
    const { deviations } = regionOf(compile(sampleSpecs(), { stack: "iad", signals, now }));
    expect(deviations).toMatchObject([{ author: "ci: nightly", reason: "launch" }]);
  });

  test.for([
    {
      name: "the spec's count",
      bursts: [burst(5, ...live)],
      metrics: [],
      then: { count: 3, cause: "spec" },
    },
    {
      name: "a smaller burst that lasts longer",
      bursts: [burst(5, ...live), burst(4, live[0], "2026-01-01T13:00:00Z")],
      metrics: [],
      then: { count: 4, cause: "burst" },
    },
    {
      name: "no burst that ends at the same moment",
      bursts: [burst(5, ...live), burst(4, ...live)],
      metrics: [],
      then: { count: 3, cause: "spec" },
    },
    {
      name: "a recommendation that is still valid",
      bursts: [burst(5, ...live)],
      metrics: [metric(2, "2026-01-01T13:00:00Z")],
      then: { count: 2, cause: "metric" },
    },
    {
      name: "a burst that the bounds limit",
      bursts: [burst(20, ...live), burst(9, live[0], "2026-01-01T13:00:00Z")],
      metrics: [],
      then: { count: 8, cause: "bounds" },
    },
  ])("after a burst follows $name", ({ bursts, metrics, then }, { expect }) => {
    const signals = { version: 1, as_of: now, bursts, metrics };
    const { deviations } = regionOf(compile(sampleSpecs(), { stack: "iad", signals, now }));
    expect(deviations).toMatchObject([{ then }]);
  });

  test("services that aren't scalable ignore signals, and say so", ({ expect }) => {
    const signals = { version: 1, as_of: now, bursts: [{ ...burst(4, ...live), service: "nats" }] };
    const compiled = compile(sampleSpecs(), { stack: "iad", signals, now });
    expect(regionOf(compiled).deviations).toEqual([]);
    expect(compiled.diagnostics.map(({ code }) => code)).toEqual(["W401"]);
  });

  test("`global` never reads them", ({ expect }) => {
    expect(compile(sampleSpecs(), { stack: "global", signals: "nonsense" }).ok).toBe(true);
  });
});
