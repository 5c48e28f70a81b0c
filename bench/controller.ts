/**
 * The controller without an engine: its API under 50 clients, over HTTP and a store on the disk; and its loop over 1,000 hosts in 18
 * regions for a minute: CPU, memory, and calls to Fly.
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
import { createToken } from "../controller/access/tokens.ts";
import { createApi } from "../controller/api/app.ts";
import { createFleetCompiler } from "../controller/fleet/compile-fleet.ts";
import { systemClock } from "../lib/clock.ts";
import { createInspector } from "../controller/sources/host-inspector.ts";
import { DEFAULT_INTERVALS, createLoop } from "../controller/loop/loop.ts";
import { openFolder } from "../controller/specs/folder-repository.ts";
import { openSqlite } from "../controller/store/sqlite.ts";
import { compile, rolloutOrder } from "../compiler/compile.ts";
import type { ObservedHost } from "../providers/fly/observe-hosts.ts";
import { fleetSpecs } from "./fleet-specs.ts";
import { describeMachine } from "./measure.ts";

const HOSTS = 1_000;
const CLIENTS = 50;
const perClient = Number(process.argv[2] ?? 40);
const MINUTE_MS = 60_000;

const dir = await mkdtemp(join(tmpdir(), "flotilla-bench-controller-"));
try {
  await run();
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function run(): Promise<void> {
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
  const hosts = hostsOf(specs);
  let lists = 0;
  let execs = 0;
  const log = pino({ level: "silent" });
  const repository = await openFolder({ folder, stateDir: dir, now: () => systemClock.now() });
  const compiler = createFleetCompiler();
  const loop = createLoop({
    store,
    specs: repository,
    compiler,
    // The engine's share is measured where there is one.
    runner: { up: async () => ({ changes: { same: 1 }, outputs: {}, versions: {}, warnings: [] }) },
    observe: async () => {
      lists += 1;
      return hosts;
    },
    inspector: createInspector(async () => {
      execs += 1;
      return [];
    }, systemClock),
    doubtSlots: async () => undefined,
    readMetric: async () => ({ error: "none here" }),
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
    world: "bench",
    newId: (prefix) => `${prefix}-${crypto.randomUUID()}`,
    peer: () => "127.0.0.1",
  });
  const tokens = Array.from({ length: CLIENTS }, (_, index) =>
    createToken(`c${index}`, "operator", systemClock.now()),
  );
  await store.commit(tokens.map(({ token }) => ({ put: "token", token })));
  const server = await new Promise<{ port: number; close: () => void }>((resolve) => {
    const running = serve(
      { fetch: api.app.fetch, hostname: "127.0.0.1", port: 0 },
      (info: AddressInfo) => resolve({ port: info.port, close: () => running.close() }),
    );
  });
  const url = `http://127.0.0.1:${server.port}`;
  console.log(describeMachine());

  const began = performance.now();
  await loop.start();
  while (
    (await loop.view()).stacks.some(({ decision }) => decision.state !== "in_sync") ||
    (await loop.view()).head === undefined
  )
    await setTimeout(200);
  console.log(
    `${HOSTS} hosts in 18 regions, from start to all in sync (runs take no time)   ${((performance.now() - began) / 1_000).toFixed(1)} s`,
  );

  const before = { cpu: process.cpuUsage(), lists, execs };
  await setTimeout(MINUTE_MS);
  const cpu = process.cpuUsage(before.cpu);
  const { rss } = process.memoryUsage();
  console.log(
    `the loop, at rest, a minute   ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s of CPU, ${Math.round(rss / 2 ** 20)} MB, ${lists - before.lists} list calls, ${execs - before.execs} execs (each host is asked for its slots every 5 minutes)`,
  );

  const [service, region] = ["slots-a", "fra"];
  const asked = tokens.map(({ secret }) => ({
    authorization: `Bearer ${secret}`,
    "content-type": "application/json",
  }));
  const timed = async (
    what: string,
    ask: (headers: Record<string, string>, index: number) => Promise<Response>,
    times = perClient,
  ): Promise<void> => {
    const took: number[] = [];
    const statuses = new Map<number, number>();
    await Promise.all(
      asked.map(async (headers) => {
        for (let index = 0; index < times; index += 1) {
          const start = performance.now();
          const response = await ask(headers, index);
          await response.arrayBuffer();
          took.push(performance.now() - start);
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        }
      }),
    );
    const sorted = took.toSorted((a, b) => a - b);
    const at = (share: number): string =>
      (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
    const counts = [...statuses].map(([status, count]) => `${count}×${status}`).join(" ");
    console.log(
      `${what}, ${CLIENTS} clients   p50 ${at(0.5)} ms, p99 ${at(0.99)} ms   (${counts})`,
    );
  };
  await timed("read  GET /v1/bursts", async (headers) => fetch(`${url}/v1/bursts`, { headers }));
  await timed("read  GET /v1/signals", async (headers) => fetch(`${url}/v1/signals`, { headers }));
  await timed(
    "read  GET /v1/status (1,000 hosts)",
    async (headers) => fetch(`${url}/v1/status`, { headers }),
    4,
  );
  const body = JSON.stringify({ service, region, to: 1, for: "1h", reason: "bench" });
  await timed(
    "write POST /v1/pauses",
    async (headers) =>
      fetch(`${url}/v1/pauses`, {
        method: "POST",
        headers,
        body: JSON.stringify({ what: "repair", region, for: "1h", reason: "bench" }),
      }),
    4,
  );
  await timed(
    "write POST /v1/bursts",
    async (headers) => fetch(`${url}/v1/bursts`, { method: "POST", headers, body }),
    4,
  );
  server.close();
  await loop.stop();
  store.close();
}

/** All hosts as they should be. */
function hostsOf(files: readonly { path: string; text: string }[]): ObservedHost[] {
  const order = rolloutOrder(files);
  if (!order.ok) throw new Error("the bench's specs don't compile");
  return order.regions.flatMap((stack) => {
    const compiled = compile(files, { stack });
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
