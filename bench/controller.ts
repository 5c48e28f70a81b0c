/**
 * Measures the controller without an engine, with 1,000 hosts in 18 regions and a store on the disk: its loop for a minute
 * (CPU, memory, calls to Fly), and its API over HTTP with 50 clients.
 *
 *     node bench/controller.ts [REQUESTS_PER_CLIENT]
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { pino } from "pino";
import { bearer } from "../fixtures/bearer.ts";
import { createToken } from "../controller/access/tokens.ts";
import { createApi } from "../controller/api/app.ts";
import { createFleetCompiler } from "../controller/fleet/compile-fleet.ts";
import { systemClock } from "../lib/clock.ts";
import { createHostInspector } from "../controller/sources/host-inspector.ts";
import { DEFAULT_INTERVALS } from "../controller/loop/intervals.ts";
import { createLoop } from "../controller/loop/loop.ts";
import { openFolder } from "../controller/specs/folder-repository.ts";
import { openSqlite } from "../controller/store/sqlite-store.ts";
import { read } from "../compiler/compile.ts";
import type { ObservedHost } from "../providers/fly/observe-hosts.ts";
import { until } from "../fixtures/until.ts";
import { fleetSpecs } from "./fleet-specs.ts";
import { describeMachine, percentile, timed } from "./measure.ts";

const HOSTS = 1_000;
const CLIENTS = 50;
const perClient = Number(process.argv[2] ?? 40);
const MINUTE_MS = 60_000;

const dir = await mkdtemp(join(tmpdir(), "flotilla-bench-controller-"));
try {
  const controller = await startController();
  console.log(describeMachine());
  await measureStart(controller);
  await measureIdleMinute(controller);
  await measureApi(controller);
  await controller.close();
} finally {
  await rm(dir, { recursive: true, force: true });
}

interface BenchController {
  readonly loop: ReturnType<typeof createLoop>;
  readonly url: string;
  /** A token for each client. */
  readonly secrets: readonly string[];
  /** Calls to Fly so far. */
  readonly calls: { lists: number; execs: number };
  close(): Promise<void>;
}

/** Starts the API, but not the loop. A run of the engine takes no time. */
async function startController(): Promise<BenchController> {
  const specs = fleetSpecs(HOSTS).map(({ path, text }) => ({
    path: path.replace("specs/", ""),
    text,
  }));
  const folder = join(dir, "specs");
  for (const { path, text } of specs) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const store = openSqlite(join(dir, "store.sqlite"));
  const hosts = desiredHosts(specs);
  const calls = { lists: 0, execs: 0 };
  const log = pino({ level: "silent" });
  const repository = await openFolder({ folder, stateDir: dir, now: () => systemClock.now() });
  const compiler = createFleetCompiler();
  const loop = createLoop({
    store,
    specs: repository,
    compiler,
    // bench/controller-engine.ts measures the engine's share.
    runner: { up: async () => ({ changes: { same: 1 }, outputs: {}, versions: {}, warnings: [] }) },
    observe: async () => {
      calls.lists += 1;
      return hosts;
    },
    inspector: createHostInspector(async () => {
      calls.execs += 1;
      return [];
    }, systemClock),
    markSlotsUnknown: async () => undefined,
    readMetric: async () => ({ error: "no metrics in this bench" }),
    clock: systemClock,
    log,
    intervals: DEFAULT_INTERVALS,
  });
  const api = createApi({
    store,
    specs: repository,
    compiler,
    loop,
    clock: systemClock,
    log,
    target: "bench",
    newId: (prefix) => `${prefix}-${crypto.randomUUID()}`,
    peer: () => "127.0.0.1",
  });
  const tokens = Array.from({ length: CLIENTS }, (_, index) =>
    createToken(`c${index}`, "operator", systemClock.now()),
  );
  await store.commit(tokens.map(({ token }) => ({ put: "token", token })));
  const server = await new Promise<{ port: number; close: () => void }>((resolve) => {
    const running = serve(
      {
        fetch: api.app.fetch,
        hostname: "127.0.0.1",
        port: 0,
        // Longer than a request may take: a connection that the server closes while a client reuses it fails the bench.
        serverOptions: { keepAliveTimeout: 120_000 },
      },
      (info: AddressInfo) => resolve({ port: info.port, close: () => running.close() }),
    );
  });
  return {
    loop,
    url: `http://127.0.0.1:${server.port}`,
    secrets: tokens.map(({ secret }) => secret),
    calls,
    async close() {
      server.close();
      await loop.stop();
      store.close();
    },
  };
}

async function measureStart({ loop }: BenchController): Promise<void> {
  const seconds = await timed(async () => {
    await loop.start();
    await until("all stacks in sync", async () => isInSync(await loop.snapshot()), 600_000);
  });
  console.log(
    `${HOSTS} hosts in 18 regions, from start to all in sync (runs take no time)   ${seconds.toFixed(1)} s`,
  );
}

function isInSync({
  head,
  stacks,
}: Awaited<ReturnType<BenchController["loop"]["snapshot"]>>): boolean {
  return head !== undefined && stacks.every(({ decision }) => decision.state === "in_sync");
}

async function measureIdleMinute({ calls }: BenchController): Promise<void> {
  const before = { cpu: process.cpuUsage(), ...calls };
  await setTimeout(MINUTE_MS);
  const cpu = process.cpuUsage(before.cpu);
  const { rss } = process.memoryUsage();
  console.log(
    `the loop without changes, a minute   ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s of CPU, ${Math.round(rss / 2 ** 20)} MB, ${calls.lists - before.lists} list calls, ${calls.execs - before.execs} execs (the slots of each host are read every 5 minutes)`,
  );
}

type SendRequest = (headers: Readonly<Record<string, string>>) => Promise<Response>;

async function measureApi({ url, secrets }: BenchController): Promise<void> {
  const clients = secrets.map((secret) => ({
    ...bearer(secret),
    "content-type": "application/json",
  }));
  const measure = async (what: string, send: SendRequest, times = perClient): Promise<void> =>
    measureClients(what, clients, send, times);
  const post = (path: string, body: object): SendRequest => {
    const text = JSON.stringify({ region: "fra", for: "1h", reason: "bench", ...body });
    return async (headers) => fetch(`${url}${path}`, { method: "POST", headers, body: text });
  };
  const get =
    (path: string): SendRequest =>
    async (headers) =>
      fetch(`${url}${path}`, { headers });
  await measure("read  GET /v1/bursts", get("/v1/bursts"));
  await measure("read  GET /v1/signals", get("/v1/signals"));
  await measure("read  GET /v1/status (1,000 hosts)", get("/v1/status"), 4);
  await measure("write POST /v1/pauses", post("/v1/pauses", { what: "repair" }), 4);
  await measure("write POST /v1/bursts", post("/v1/bursts", { service: "slots-a", to: 1 }), 4);
}

/** Sends the request `times` times by each client, all clients at once. */
async function measureClients(
  what: string,
  clients: readonly Readonly<Record<string, string>>[],
  send: SendRequest,
  times: number,
): Promise<void> {
  const seconds: number[] = [];
  const statuses = new Map<number, number>();
  await Promise.all(
    clients.map(async (headers) => {
      for (let index = 0; index < times; index += 1)
        seconds.push(
          await timed(async () => {
            const response = await send(headers);
            await response.arrayBuffer();
            statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          }),
        );
    }),
  );
  const at = (share: number): string => `${(percentile(seconds, share) * 1_000).toFixed(1)} ms`;
  const counts = [...statuses].map(([status, count]) => `${count}×${status}`).join(" ");
  console.log(`${what}, ${CLIENTS} clients   p50 ${at(0.5)}, p99 ${at(0.99)}   (${counts})`);
}

/** Returns all hosts in their desired state. */
function desiredHosts(files: readonly { path: string; text: string }[]): ObservedHost[] {
  const spec = read(files);
  const order = spec.rolloutOrder();
  if (!order.ok) throw new Error("the bench's specs don't compile");
  return order.regions.flatMap((stack) => {
    const compiled = spec.compile({ stack });
    if (!compiled.ok || compiled.desired.kind !== "region")
      throw new Error(`${stack} doesn't compile`);
    return compiled.desired.hosts.map((host): ObservedHost => ({
      id: `id-${host.name}`,
      name: host.name,
      region: host.region,
      managed: true,
      state: host.state,
      cordoned: host.state === "stopped",
      version: "v1",
      checks: { passing: 1, total: 1 },
      active: host.active,
    }));
  });
}
