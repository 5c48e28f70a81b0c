import { describe, test } from "vitest";
import { parse } from "yaml";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import type { HostDesired, RegionDesired } from "../../compiler/model/desired.ts";
import { edited, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";

/** What the language says beyond the sample, and what it becomes. */

function sampleWith(path: string, from: string, to: string): SpecFile[] {
  return edited(sampleSpecs(), path, from, to);
}

function appended(path: string, text: string): SpecFile[] {
  return sampleSpecs().map((file) =>
    file.path === path ? { path, text: `${file.text}\n${text}\n` } : file,
  );
}

function region(files: readonly SpecFile[], stack = "iad"): RegionDesired {
  return regionOf(compile(files, { stack }));
}

function processOf(files: readonly SpecFile[], host: string, name: string): unknown {
  const text = fileOf(region(files, host.slice(0, 3)), host, "/flotilla/etc/process-compose.yaml");
  return (parse(text) as { processes: Record<string, unknown> }).processes[name];
}

function statusOf(desired: RegionDesired, name: string): RegionDesired["services"][number] {
  const status = desired.services.find((each) => each.name === name);
  if (status === undefined) throw new Error(`no ${name}`);
  return status;
}

const fleet = "specs/fleet.yaml";
const worker = "specs/services/worker.yaml";
const caddy = "specs/services/caddy.yaml";
const pocketbase = "specs/services/pocketbase.yaml";

describe("idle", () => {
  const idle = (keep: number): SpecFile[] =>
    edited(
      sampleWith(
        fleet,
        "iad: { max_hosts: 4",
        `iad: { max_hosts: 4, idle: { stop: true, keep: ${keep} }`,
      ),
      caddy,
      "iad: { replicas: 2",
      "iad: { replicas: 4",
    );
  const stops = ({ hosts }: RegionDesired): string[] => hosts.filter(idles).map(({ name }) => name);
  const idles = ({ config }: HostDesired): boolean => config.services[0]?.autostop === "stop";

  test("stops hosts with a Caddy beyond those that stay on", ({ expect }) => {
    expect(stops(region(idle(2)))).toEqual(["iad-2", "iad-3"]);
  });

  test("never a host with data, and what is stopped is started again", ({ expect }) => {
    const desired = region(idle(0));
    expect(stops(desired)).toEqual(["iad-1", "iad-2", "iad-3"]);
    for (const { config, volume } of desired.hosts)
      for (const service of config.services)
        expect([service.autostop, service.autostart]).toEqual(
          volume === undefined ? ["stop", true] : ["off", false],
        );
  });

  test("`stop: false` is as good as nothing", ({ expect }) => {
    const files = sampleWith(
      fleet,
      "iad: { max_hosts: 4",
      "iad: { max_hosts: 4, idle: { stop: false }",
    );
    expect(region(files)).toEqual(region(sampleSpecs()));
  });
});

describe("concurrency", () => {
  test("is the region's own, else the service's", ({ expect }) => {
    const files = edited(
      appended(caddy, "concurrency: { soft_limit: 50, hard_limit: 80 }"),
      caddy,
      "fra: { replicas: 1",
      "fra: { replicas: 1, concurrency: { soft_limit: 5, hard_limit: 8 }",
    );
    const limits = (stack: string): unknown =>
      region(files, stack).hosts[0]?.config.services[0]?.concurrency;
    expect(limits("iad")).toEqual({ type: "connections", soft_limit: 50, hard_limit: 80 });
    expect(limits("fra")).toEqual({ type: "connections", soft_limit: 5, hard_limit: 8 });
  });

  test("without a hard limit has none, and a warning says that nothing spills", ({ expect }) => {
    const compiled = compile(appended(caddy, "concurrency: { soft_limit: 50 }"), { stack: "iad" });
    expect(regionOf(compiled).hosts[0]?.config.services[0]?.concurrency).toEqual({
      type: "connections",
      soft_limit: 50,
    });
    expect(compiled.diagnostics.map(({ code }) => code)).toContain("W305");
  });
});

describe("rollout", () => {
  test("reaches the region's desired state", ({ expect }) => {
    const files = sampleWith(
      fleet,
      "rollout: {",
      "rollout: { max_unavailable: 2, min_healthy_time: 90s,",
    ).map(({ path, text }) => ({ path, text: text.replace(/ max_unavailable: 1,/u, "") }));
    expect(region(files).rollout).toEqual({
      maxUnavailable: 2,
      minHealthySeconds: 90,
      healthTimeoutSeconds: 60,
      onFailure: "rollback",
    });
  });
});

describe("processes", () => {
  test("environment of a region stands over the service's", ({ expect }) => {
    const files = sampleWith(
      worker,
      "fra: { replicas: 1",
      'fra: { replicas: 1, environment: { QUEUE: eu, EXTRA: "1" }',
    );
    const lines = (host: string): string[] =>
      (processOf(files, host, "worker-0") as { environment: string[] }).environment;
    expect(lines("fra-0")).toEqual(expect.arrayContaining(["QUEUE=eu", "EXTRA=1"]));
    expect(lines("iad-0")).toContain("QUEUE=jobs");
    expect(lines("iad-0").join()).not.toContain("EXTRA");
    expect(processOf(files, "fra-0", "worker-0")).toMatchObject({
      entrypoint: [
        "/flotilla/bin/run",
        expect.stringContaining("EXTRA,"),
        "--",
        "node",
        expect.anything(),
      ],
    });
  });

  test("restart, its count and its delay, and the folder", ({ expect }) => {
    const files: SpecFile[] = [
      ...sampleSpecs(),
      {
        path: "specs/services/mailer.yaml",
        text: `kind: Service
name: mailer
type: process
command: [mailer]
working_dir: /flotilla/app
restart: on-failure
max_restarts: 5
restart_delay: 10s
regions: { iad: { replicas: 1 } }
`,
      },
    ];
    expect(processOf(files, "iad-0", "mailer-0")).toMatchObject({
      working_dir: "/flotilla/app",
      availability: { restart: "on_failure", backoff_seconds: 10, max_restarts: 5 },
    });
  });

  test("wait for a job to end well, for a server to answer", ({ expect }) => {
    const job = (restart: string): SpecFile[] => [
      ...edited(sampleSpecs(), worker, "depends_on: [nats]", "depends_on: [nats, migrate]"),
      {
        path: "specs/services/migrate.yaml",
        text: `kind: Service
name: migrate
type: process
command: [migrate]
restart: ${restart}
regions: { iad: { replicas: 2 } }
`,
      },
    ];
    const condition = (restart: string): unknown =>
      (processOf(job(restart), "iad-1", "worker-0") as { depends_on: Record<string, unknown> })
        .depends_on;
    expect(condition("no")).toEqual({
      "migrate-0": { condition: "process_completed_successfully" },
      nats: { condition: "process_healthy" },
    });
    expect(condition("always")).toMatchObject({ "migrate-0": { condition: "process_started" } });
  });

  test("start_timeout is how long a probe is patient", ({ expect }) => {
    const probed = (text: string): unknown =>
      (processOf(appended(worker, text), "iad-0", "worker-0") as { readiness_probe: unknown })
        .readiness_probe;
    expect(probed("start_timeout: 90s")).toMatchObject({
      period_seconds: 2,
      failure_threshold: 45,
    });
    const server = processOf(appended(pocketbase, "start_timeout: 45s"), "iad-0", "pocketbase");
    expect(server).toMatchObject({ readiness_probe: { period_seconds: 2, failure_threshold: 23 } });
  });
});

describe("controls", () => {
  test("say who may change a count, and why not", ({ expect }) => {
    const desired = region(sampleSpecs());
    expect(statusOf(desired, "worker").controls).toEqual({
      spec: { offered: true },
      burst: { offered: true },
      autoscale: { offered: true },
    });
    expect(statusOf(desired, "pocketbase").controls.burst).toEqual({
      offered: false,
      why: "the spec doesn't say `scalable: true`",
    });
    expect(statusOf(desired, "caddy").controls.autoscale).toEqual({
      offered: false,
      why: "the spec has no `autoscale`",
    });
    expect(statusOf(region(sampleSpecs(), "fra"), "caddy").controls.burst).toEqual({
      offered: false,
      why: "min and max are both 1 here",
    });
  });

  test("a service says nothing of a region it isn't in", ({ expect }) => {
    const files = sampleWith(worker, ", fra: { replicas: 1, max: 2 }", "");
    expect(statusOf(region(files, "fra"), "worker").controls.burst).toEqual({
      offered: false,
      why: "it doesn't run in this region",
    });
  });
});

describe("autoscale", () => {
  test("has defaults for all that isn't said", ({ expect }) => {
    expect(statusOf(region(sampleSpecs()), "worker").autoscale).toMatchObject({
      intervalSeconds: 15,
      tolerance: 0.1,
      holdSeconds: 600,
      up: {
        windowSeconds: 0,
        cooldownSeconds: 30,
        policy: { count: 4, percent: 100, periodSeconds: 60 },
      },
      down: { windowSeconds: 300, cooldownSeconds: 300, policy: { count: 1, periodSeconds: 60 } },
    });
  });

  test("carries every metric and rule", ({ expect }) => {
    const files = appended(
      caddy,
      `autoscale:
  metrics:
    - { type: latency, target: 250ms, percentile: 99, breaches: 4, samples: 6 }
    - { type: in_flight, target: 50 }
    - { type: cpu, target: 0.5 }
    - { type: memory, target: 200 }
  behaviour:
    interval: 30s
    tolerance: 0.2
    hold: 1m
    up: { window: 1m, cooldown: 0s, policy: { count: 2, percent: 50, per: 30s } }
    down: { window: 10m, cooldown: 15m, policy: { count: 3, per: 2m } }`,
    );
    expect(statusOf(region(files), "caddy").autoscale).toEqual({
      metrics: [
        { type: "latency", targetMilliseconds: 250, percentile: 99, breaches: 4, samples: 6 },
        { type: "in_flight", target: 50 },
        { type: "cpu", target: 0.5 },
        { type: "memory", target: 200 },
      ],
      intervalSeconds: 30,
      tolerance: 0.2,
      holdSeconds: 180,
      up: {
        windowSeconds: 60,
        cooldownSeconds: 0,
        policy: { count: 2, percent: 50, periodSeconds: 30 },
      },
      down: {
        windowSeconds: 600,
        cooldownSeconds: 900,
        policy: { count: 3, periodSeconds: 120 },
      },
    });
  });
});

describe("many hosts", () => {
  test("are checked once per shape", ({ expect }) => {
    const files = edited(
      sampleWith(fleet, "iad: { max_hosts: 4", "iad: { max_hosts: 40"),
      caddy,
      "iad: { replicas: 2, min: 1, max: 4 }",
      "iad: { replicas: 40, min: 1, max: 40 }",
    );
    const desired = region(files);
    expect(desired.hosts).toHaveLength(40);
    expect(Object.keys(desired.check.hosts)).toEqual(["iad-0", "iad-1", "iad-2"]);
    const nameless = ({ name, files: all }: HostDesired): unknown =>
      all.map((file) => ("text" in file ? file.text.replaceAll(`${name}"`, '"') : file));
    expect(nameless(desired.hosts[39] as HostDesired)).toEqual(
      nameless(desired.hosts[2] as HostDesired),
    );
  });
});
