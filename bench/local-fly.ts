/**
 * Measures the local Fly API in memory, on a virtual clock, without a port. A run creates an app with a volume and four
 * Machines, updates each under a lease and destroys one, with the fault plan of its seed. Floor: the same calls to an app
 * that answers `{}` at once.
 *
 * node bench/local-fly.ts [RUNS]
 */
import { Hono } from "hono";
import { bearer } from "../fixtures/bearer.ts";
import { createFaultPlan } from "../local/faults/plan.ts";
import { createDirectFetch } from "../local/http/direct-fetch.ts";
import { startFlyApi } from "../local/fly/server.ts";
import { createVirtualClock, type VirtualClock } from "../fixtures/virtual-clock.ts";

const runs = Number(process.argv[2] ?? 1_000);
const CONFIG = { image: "x/y:1", checks: { up: { type: "tcp", port: 80 } } };

type SendCall = (method: string, path: string, body?: object, nonce?: string) => Promise<unknown>;

function caller(send: typeof fetch, token: string): { call: SendCall; count: () => number } {
  let calls = 0;
  return {
    count: () => calls,
    async call(method, path, body, nonce) {
      calls += 1;
      try {
        const response = await send(`http://127.0.0.1/v1/apps${path}`, {
          method,
          headers: {
            ...bearer(token),
            ...(nonce && { "fly-machine-lease-nonce": nonce }),
          },
          ...(body && { body: JSON.stringify(body) }),
        });
        return response.status === 204 ? undefined : await response.json().catch(() => undefined);
      } catch {
        return undefined; // the fault plan resets connections
      }
    },
  };
}

async function exercise(call: SendCall, pass: (ms: number) => Promise<void>): Promise<void> {
  await call("POST", "", { name: "acme", org_slug: "personal" });
  await call("POST", "/acme/volumes", { name: "iad_0_data", region: "iad" });
  for (let n = 0; n < 4; n += 1) {
    await call("POST", "/acme/machines", { name: `iad-${n}`, region: "iad", config: CONFIG });
  }
  await pass(1_000);
  const list = (await call("GET", "/acme/machines")) as readonly { id: string }[] | undefined;
  const ids = Array.isArray(list) ? list.map(({ id }: { id: string }) => id) : ["a", "b", "c", "d"];
  for (const id of ids) {
    const path = `/acme/machines/${id}`;
    const lease = (await call("POST", `${path}/lease?ttl=30`)) as
      | { data?: { nonce?: string } }
      | undefined;
    const nonce = lease?.data?.nonce ?? "";
    await call("POST", path, { config: { ...CONFIG, image: "x/y:2" } }, nonce);
    await pass(500);
    await call("GET", path);
    await call("DELETE", `${path}/lease`, undefined, nonce);
  }
  await call("DELETE", `/acme/machines/${ids[0] ?? "a"}?force=true`);
  await pass(100_000);
  await call("GET", "/acme/machines");
}

async function simulated(seed: number): Promise<number> {
  const clock: VirtualClock = createVirtualClock();
  const fly = await startFlyApi({ listen: false, limits: false, lagMs: 0, seed, clock });
  for (const fault of createFaultPlan(seed)) fly.faults.add(fault);
  const { call, count } = caller(fly.fetch, fly.token);
  await exercise(call, (ms) => clock.advance(ms));
  return count();
}

async function floor(): Promise<number> {
  const app = new Hono();
  app.all("*", (c) => c.json({}));
  const { call, count } = caller(createDirectFetch(app), "x");
  await exercise(call, () => Promise.resolve());
  return count();
}

async function measure(name: string, run: (seed: number) => Promise<number>): Promise<void> {
  await run(0); // warms up
  const start = performance.now();
  let calls = 0;
  for (let seed = 1; seed <= runs; seed += 1) calls += await run(seed);
  const ms = performance.now() - start;
  console.log(
    `${name}: ${runs} runs, ${calls} calls in ${(ms / 1000).toFixed(2)} s: ${(ms / runs).toFixed(2)} ms a run, ${((ms / calls) * 1000).toFixed(0)} µs a call`,
  );
}

await measure("floor    ", floor);
await measure("local Fly", simulated);
