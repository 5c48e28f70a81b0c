import { describe, test } from "vitest";
import { chooseTargets } from "../../../local/edge/choose-targets.ts";
import { distanceKm } from "../../../local/edge/distance.ts";
import type { EdgeMachine } from "../../../local/edge/edge-machine.ts";

function machine(id: string, region: string, more: Partial<EdgeMachine> = {}): EdgeMachine {
  return {
    app: "acme",
    id,
    region,
    address: "127.0.0.1",
    state: "started",
    cordoned: false,
    checks: [{ name: "servicecheck-00-http-8080", status: "passing" }],
    config: {
      services: [
        {
          internal_port: 8444,
          ports: [{ port: 443, handlers: ["proxy_proto"] }],
          concurrency: { hard_limit: 2 },
        },
      ],
    },
    ...more,
  };
}

function choose(
  machines: readonly EdgeMachine[],
  from = "iad",
  connections: Record<string, number> = {},
): readonly string[] {
  return chooseTargets(machines, "acme", from, new Map(Object.entries(connections))).map(
    (target) => target.machine.id,
  );
}

describe("chooseTargets", () => {
  const iad = machine("a", "iad");
  const iad2 = machine("b", "iad");
  const fra = machine("c", "fra");

  test("the visitor's own region first, then the others as far as they are", ({ expect }) => {
    const far = machine("d", "syd");
    expect(choose([far, fra, iad], "iad")).toEqual(["a", "c", "d"]);
    expect(choose([iad, far, fra], "fra")).toEqual(["c", "a", "d"]);
    expect(choose([iad, fra], "lhr")).toEqual(["c", "a"]);
    expect(choose([iad, fra], "sjc")).toEqual(["a", "c"]);
  });

  test("in a region the one with the fewest connections", ({ expect }) => {
    expect(choose([iad, iad2], "iad", { a: 1 })).toEqual(["b", "a"]);
    expect(choose([iad2, iad], "iad")).toEqual(["a", "b"]);
  });

  test("one at its hard limit isn't there, so the next region takes over", ({ expect }) => {
    expect(choose([iad, fra], "iad", { a: 1 })).toEqual(["a", "c"]);
    expect(choose([iad, fra], "iad", { a: 2 })).toEqual(["c"]);
  });

  test.for<[string, Partial<EdgeMachine>]>([
    ["stopped", { state: "stopped" }],
    ["cordoned", { cordoned: true }],
    ["of another app", { app: "other" }],
    ["failing", { checks: [{ name: "servicecheck-00-http-8080", status: "critical" }] }],
    ["not checked yet", { checks: [{ name: "servicecheck-00-http-8080", status: "warning" }] }],
    [
      "without a public port",
      { config: { services: [{ internal_port: 8080, ports: [{ port: 80 }] }] } },
    ],
    ["without services", { config: {} }],
    [
      "failing a readiness check",
      {
        checks: [{ name: "db", status: "critical" }],
        config: { ...iad.config, checks: { db: { kind: "readiness" } } },
      },
    ],
  ])("never one that is %s", ([, more], { expect }) => {
    expect(choose([machine("x", "iad", more), fra])).toEqual(["c"]);
  });

  test("an informational check doesn't affect routing", ({ expect }) => {
    expect(
      choose([machine("x", "iad", { checks: [{ name: "pocketbase", status: "critical" }] })]),
    ).toEqual(["x"]);
  });
});

test("distances are great-circle kilometres", ({ expect }) => {
  expect(distanceKm("iad", "iad")).toBe(0);
  expect(distanceKm("iad", "fra")).toBeGreaterThan(6400);
  expect(distanceKm("iad", "fra")).toBeLessThan(6700);
  expect(distanceKm("fra", "iad")).toBeCloseTo(distanceKm("iad", "fra"), 6);
  expect(distanceKm("iad", "nowhere")).toBe(Number.POSITIVE_INFINITY);
});
