/** What measures, measured: the real Caddy, NATS and Process Compose, as the compiler configures them. */
import { readFile, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { systemClock } from "../../lib/clock.ts";
import { createHostInspector } from "../../controller/sources/host-inspector.ts";
import type { Reading } from "../../controller/autoscale/measurements.ts";
import { readText } from "../../controller/sources/private-network.ts";
import { createMetricReader } from "../../controller/sources/metric-sources.ts";
import type { ReadMetric } from "../../controller/sources/metric-sources.ts";
import type { MetricRequest } from "../../controller/sources/metric-source.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import { startCaddy } from "../compiler/running-caddy.ts";
import type { RunningCaddy } from "../compiler/running-caddy.ts";
import { edited, flyEdgeSpecs, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";
import { echo, startStub } from "../compiler/stub.ts";
import { toolPath } from "../kit/tool-path.ts";
import { processesOf } from "../../fixtures/processes.ts";
import { ownAddress } from "../image/address.ts";
import { startChild } from "../kit/child.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import { makeNkey } from "../image/nats.ts";
import { eventually } from "../kit/eventually.ts";
import { startMachine } from "../controller/live-machine.ts";

type Metric = MetricRequest["metric"];

function hostAt(name: string, privateIp: string): ObservedHost {
  return {
    id: name,
    name,
    region: "iad",
    managed: true,
    state: "started",
    cordoned: false,
    version: "",
    checks: { passing: 0, total: 0 },
    privateIp,
  };
}

async function look(
  read: ReadMetric,
  metric: Metric,
  hosts: readonly ObservedHost[],
): Promise<Reading> {
  const service = metric.type === "cpu" || metric.type === "memory" ? "worker" : "caddy";
  return read({
    app: "acme",
    service,
    metric,
    intervalSeconds: 2,
    hosts,
    carriers: hosts,
    now: Date.now(),
  });
}

function valueOf(reading: Reading): number {
  if ("error" in reading) throw new Error(reading.error);
  return reading.value;
}

function openReader(): ReadMetric {
  const nobody = createHostInspector(
    async () => Promise.reject(new Error("not asked")),
    systemClock,
  );
  return createMetricReader(readText, nobody);
}

describe("Caddy", () => {
  const inFlight = { type: "in_flight", target: 50 } as const;
  const latency = (percentile: number): Metric => ({
    type: "latency",
    targetMilliseconds: 250,
    percentile,
    breaches: 3,
    samples: 5,
  });
  /** More than a busy machine adds to a request that is answered at once. */
  const SLOW_MS = 700;
  /** A bound of Caddy's buckets. */
  const BETWEEN_MS = 500;

  interface Edge {
    readonly caddy: RunningCaddy;
    readonly host: ObservedHost;
    /** Answers requests for `/api/hold`. */
    readonly release: () => void;
    readonly visit: (count: number, path: string, region?: string) => Promise<void>;
  }

  /** iad-0's Caddy; its PocketBase, and region fra, is a server that takes its time if it is asked to. */
  async function startEdge(files = sampleSpecs()): Promise<Edge> {
    const held: ServerResponse[] = [];
    const site = await startStub("site", (as, request, response) => {
      if (request.url === "/api/hold") held.push(response);
      else if (request.url === "/api/slow") setTimeout(() => echo(as, request, response), SLOW_MS);
      else echo(as, request, response);
    });
    onTestFinished(() => site.close());
    const internal = (host: string): string => `${host}.host.kv._metadata.acme.internal`;
    const caddy = await startCaddy(
      fileOf(regionOf(compile(files, { stack: "iad" })), "iad-0", "/flotilla/etc/caddy.json"),
      new Map([
        [`${internal("iad-0")}:8090`, site.address],
        [`${internal("fra-0")}:8081`, site.address],
      ]),
      { "index.html": "" },
    );
    onTestFinished(() => caddy.stop());
    return {
      caddy,
      host: hostAt("iad-0", caddy.address),
      release: () => held.splice(0).forEach((response) => response.end()),
      visit: async (count, path, region = "iad") => {
        const visits = Array.from({ length: count }, async () =>
          caddy.visit(`app-${region}.example.com`, path),
        );
        for (const { status } of await Promise.all(visits)) expect(status).toBe(200);
      },
    };
  }

  test("requests that are held open are in flight, also those on their way to another region", async () => {
    const { host, visit, release } = await startEdge();
    const read = openReader();
    expect(await look(read, inFlight, [host])).toMatchObject({ value: 0, missing: 0 });
    const visits = [visit(3, "/api/hold"), visit(1, "/api/hold", "fra")];
    await eventually(async () => look(read, inFlight, [host])).toMatchObject({ value: 4 });
    release();
    await Promise.all(visits);
    await eventually(async () => look(read, inFlight, [host])).toMatchObject({ value: 0 });
  });

  test("slow requests raise the percentile, fast ones since the last look lower it again", async () => {
    const { host, visit } = await startEdge();
    const read = openReader();
    const next = async (): Promise<Reading> => look(read, latency(75), [host]);
    await visit(2, "/api/slow");
    expect(await next()).toEqual({
      error: expect.any(String),
    });
    await visit(4, "/api/slow");
    expect(valueOf(await next())).toBeGreaterThan(BETWEEN_MS);
    await visit(8, "/api/fast");
    expect(valueOf(await next())).toBeLessThan(BETWEEN_MS);
    expect(valueOf(await next())).toBe(0);
  });

  test("after a restart only what came since it counts, also when that is more than before", async () => {
    const before = await startEdge();
    const [half, most] = [openReader(), openReader()];
    await before.visit(8, "/api/fast");
    for (const read of [half, most]) await look(read, latency(50), [before.host]);
    await before.caddy.stop();
    const after = await startEdge();
    await Promise.all([after.visit(6, "/api/fast"), after.visit(4, "/api/slow")]);
    expect(valueOf(await look(half, latency(50), [after.host]))).toBeLessThan(BETWEEN_MS);
    expect(valueOf(await look(most, latency(95), [after.host]))).toBeGreaterThan(BETWEEN_MS);
  });

  test("one of two hosts that doesn't answer is missing, two are an error", async () => {
    const { caddy, host, visit } = await startEdge();
    const read = openReader();
    const two = [host, hostAt("iad-1", ownAddress())];
    await look(read, latency(50), two);
    await visit(2, "/api/slow");
    const late = await look(read, latency(50), two);
    expect(late).toMatchObject({ missing: 1 });
    expect(valueOf(late)).toBeGreaterThan(BETWEEN_MS);
    expect(await look(read, inFlight, two)).toMatchObject({ value: 0, missing: 1 });
    await caddy.stop();
    expect(await look(read, inFlight, two)).toEqual({ error: expect.any(String) });
  });

  test("where Fly terminates TLS, its health checks are nobody's requests", async () => {
    const { caddy, host, release } = await startEdge(flyEdgeSpecs());
    const read = openReader();
    const visit = async (path: string): Promise<unknown> =>
      caddy.plain(8080, "app-iad.example.com", path, {
        "fly-client-ip": "173.245.48.1",
        "cf-connecting-ip": "203.0.113.9",
      });
    await visit("/api/fast");
    await look(read, latency(50), [host]);
    const checks = Array.from({ length: 20 }, async () =>
      caddy.plain(8080, "localhost", "/healthz"),
    );
    await Promise.all([...checks, visit("/api/slow"), visit("/api/slow")]);
    expect(valueOf(await look(read, latency(50), [host]))).toBeGreaterThan(BETWEEN_MS);
    const held = visit("/api/hold");
    await eventually(async () => look(read, inFlight, [host])).toMatchObject({ value: 1 });
    release();
    await held;
  });
});

describe("NATS", () => {
  const metric = { type: "queue_depth", stream: "JOBS", consumer: "workers", target: 5 } as const;

  test("of a cluster, the consumer's leader tells what waits and what is in work", async () => {
    const app = makeNkey();
    const hosts = await startNats(app.publicKey);
    const read = openReader();
    expect(await look(read, metric, hosts)).toMatchObject({
      error: expect.stringContaining("no host knows consumer workers of stream JOBS") as unknown,
    });
    const nc = await connect({
      servers: `${hosts[0]?.privateIp}:4222`,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(app.seed)),
    });
    onTestFinished(() => nc.close());
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const durable = { durable_name: "workers", ack_policy: AckPolicy.Explicit };
    const stream = { name: "JOBS", subjects: ["jobs.>"], num_replicas: 3 };
    // The servers elect who decides such things first.
    await eventually(async () => jsm.streams.add(stream)).toBeDefined();
    await eventually(async () => jsm.consumers.add("JOBS", durable)).toBeDefined();
    for (const job of ["a", "b", "c", "d", "e"]) await jetstream(nc).publish(`jobs.iad.${job}`);
    const depth = async (): Promise<Reading> => look(read, metric, hosts);
    await eventually(depth).toMatchObject({ value: 5, missing: 0 });
    const consumer = await jetstream(nc).consumers.get("JOBS", "workers");
    const [first, second] = [await consumer.next(), await consumer.next()];
    await eventually(depth).toMatchObject({ value: 5 });
    await first?.ackAck();
    await eventually(depth).toMatchObject({ value: 4 });
    await second?.ackAck();
    await eventually(depth).toMatchObject({ value: 3 });
  });

  /** iad's three servers and the leaf node beside them, each on an address of its own. */
  async function startNats(appPublic: string): Promise<readonly ObservedHost[]> {
    const program = await toolPath("nats-server");
    const folder = await temporaryFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const three = edited(
      sampleSpecs(),
      "specs/services/nats.yaml",
      "iad: { replicas: 2, max: 4 }",
      "iad: { replicas: 4, jetstream: { servers: 3, storage_gb: 1, memory_mb: 64 } }",
    );
    const desired = regionOf(compile(three, { stack: "iad" }));
    const hosts = desired.hosts.map(({ name }) => hostAt(name, ownAddress()));
    const [leaf, operator, sys] = [makeNkey(), makeNkey(), makeNkey()];
    const env = {
      NATS_APP_PUBLIC: appPublic,
      NATS_LEAF_PUBLIC: leaf.publicKey,
      NATS_LEAF_SEED: leaf.seed,
      NATS_OPERATOR_PUBLIC: operator.publicKey,
      NATS_SYS_PUBLIC: sys.publicKey,
    };
    for (const { name, privateIp } of hosts) {
      const text = fileOf(desired, name, "/flotilla/etc/nats.conf")
        .replaceAll(
          /([a-z]{3}-\d+)\.host\.kv\._metadata\.acme\.internal/g,
          (_, other: string) => hosts.find((host) => host.name === other)?.privateIp ?? "127.0.0.9",
        )
        .replaceAll("[::]:", `${privateIp}:`)
        .replaceAll("/flotilla/", `${join(folder.path, name)}/`);
      const file = join(folder.path, `${name}.conf`);
      await writeFile(file, text);
      const child = await startChild(program, ["-c", file], { env });
      onTestFinished(() => child[Symbol.asyncDispose]());
    }
    await eventually(async () =>
      Promise.all(hosts.map(async (host) => readText(`http://${host.privateIp}:8222/varz`))),
    ).toHaveLength(hosts.length);
    return hosts;
  }
});

describe("Process Compose", () => {
  const PATIENT = { timeout: 60_000 };
  const worker = `kind: Service
name: worker
type: process
scalable: true
scale_strategy: local
command: [node, /flotilla/etc/worker.cjs]
restart_delay: 60s
max_per_host: 4
regions: { iad: { replicas: 3, min: 1, max: 4 }, fra: { replicas: 1 } }
`;
  /** The first and the last slot burn a core, the second holds memory, the third rests. */
  const program = `const slot = process.env.FLOTILLA_SLOT;
const held = Buffer.alloc(slot === "worker-1" ? 96 * 1024 * 1024 : 1, 1);
if (slot === "worker-0" || slot === "worker-3") for (;;);
setInterval(() => held.length, 60_000);
`;

  test(
    "slots that work, rest, are off, have just started or wait for their restart",
    PATIENT,
    async () => {
      const { host, inspector, ask, run } = await startMachine(worker, { "worker.cjs": program });
      const read = createMetricReader(readText, inspector);
      const cores = async (): Promise<number> => valueOf(await look(read, cpu, [host]));
      const missing = async (): Promise<unknown> => look(read, cpu, [host]);
      await eventually(ask).toMatchObject({ "worker-0": { on: true }, "worker-2": { on: true } });

      // How much of a core is known from the second look on.
      expect(await missing()).toMatchObject({ value: 0, missing: 3 });
      await eventually(async () => differences(await ask(), await residentMb(host.id))).toEqual([]);
      await eventually(missing).toMatchObject({ missing: 0 });
      expect(await cores()).toSatisfy(isAboutACore);

      await run("/flotilla/bin/switch", "worker=4/4");
      await eventually(missing).toMatchObject({ missing: 1 });
      await eventually(missing).toMatchObject({ missing: 0 });
      expect(await cores()).toBeGreaterThan(0.6);

      await run("/flotilla/bin/switch", "worker=1/4");
      const { "worker-0": mb = 0 } = await residentMb(host.id);
      await eventually(async () => look(read, memory, [host])).toSatisfy((reading: Reading) =>
        isAbout(valueOf(reading), mb),
      );
      const [{ pid } = { pid: 0 }] = workersOf(host.id);
      process.kill(pid, "SIGKILL");
      await eventually(missing).toMatchObject({ value: 0, missing: 1 });
    },
  );

  const cpu = { type: "cpu", target: 0.7 } as const;
  const memory = { type: "memory", target: 64 } as const;

  /** Two cores that others use as well. */
  function isAboutACore(cores: number | undefined): boolean {
    return cores !== undefined && cores > 0.3 && cores < 1.3;
  }

  function isAbout(value: number, expected: number): boolean {
    return value > expected / 2 && value < expected * 2;
  }

  /** Where what Process Compose tells isn't what three slots do. */
  function differences(
    told: Readonly<Record<string, ObservedProcess>>,
    resident: Readonly<Record<string, number>>,
  ): string[] {
    const off =
      JSON.stringify(told["worker-3"]) === JSON.stringify({ name: "worker-3", on: false });
    return [
      ...(off ? [] : ["worker-3"]),
      ...["worker-0", "worker-1", "worker-2"].filter((name) => {
        const { cores, memoryMb = 0 } = told[name] ?? {};
        const works = name === "worker-0" ? isAboutACore(cores) : (cores ?? 1) < 0.1;
        return !(works && isAbout(memoryMb, resident[name] ?? 0));
      }),
      ...((told["worker-1"]?.memoryMb ?? 0) > 96 ? [] : ["what worker-1 holds"]),
    ];
  }

  function workersOf(id: string): { readonly pid: number; readonly slot: string }[] {
    return processesOf(id, "node").flatMap(({ pid, env }) => {
      const slot = env["FLOTILLA_SLOT"];
      return slot === undefined ? [] : [{ pid, slot }];
    });
  }

  /** By slot, as the kernel says. */
  async function residentMb(id: string): Promise<Readonly<Record<string, number>>> {
    const entries = workersOf(id).map(async ({ pid, slot }) => {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      return [slot, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
});
