/** Autostop and autostart: which Machines are stopped, which are started, and that it happens. */
import { createServer, type AddressInfo } from "node:net";
import { connect } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { bearer } from "../../../fixtures/bearer.ts";
import { chooseToStop } from "../../../local/edge/choose-to-stop.ts";
import { chooseToStart } from "../../../local/edge/choose-to-start.ts";
import type { EdgeMachine, EdgeService } from "../../../local/edge/edge-machine.ts";
import { startFlyApi } from "../../../local/fly/server.ts";
import { createVirtualClock } from "../../../fixtures/virtual-clock.ts";
import { startAutostop } from "../../../local/cloud/autostop.ts";
import { HOSTNAME, machineAt, setUpEdge } from "../edge/edge-setup.ts";

function machine(
  id: string,
  region: string,
  more: Partial<EdgeMachine> & {
    service?: Partial<EdgeService>;
    env?: Record<string, string>;
  } = {},
): EdgeMachine {
  const { service, env = {}, ...rest } = more;
  return {
    app: "acme",
    id,
    region,
    address: "127.0.0.1",
    state: "started",
    cordoned: false,
    checks: [{ name: "servicecheck-00-tcp-8444", status: "passing" }],
    config: {
      env,
      services: [
        {
          internal_port: 8444,
          autostart: true,
          autostop: true,
          ports: [{ port: 443 }],
          concurrency: { soft_limit: 2 },
          ...service,
        },
      ],
    },
    ...rest,
  };
}

describe("what is stopped", () => {
  function idle(machines: readonly EdgeMachine[], load: Record<string, number> = {}) {
    return chooseToStop(machines, new Map(Object.entries(load))).map(
      ({ machine: { id }, how }) => `${how} ${id}`,
    );
  }
  const pair = [machine("a", "iad"), machine("b", "iad")];

  test("one per region and pass, the one with the fewest connections", () => {
    expect(idle([...pair, machine("c", "iad"), machine("d", "fra")], { a: 1 })).toEqual([
      "stop b",
      "stop d",
    ]);
  });

  test("none while a spare one is needed beside the busy ones", () => {
    expect(idle(pair, { a: 2 })).toEqual([]);
    expect(idle([...pair, machine("c", "iad")], { a: 2 })).toEqual(["stop b"]);
  });

  test("a region's only Machine only without connections", () => {
    expect(idle([machine("a", "iad")], { a: 1 })).toEqual([]);
    expect(idle([machine("a", "iad")])).toEqual(["stop a"]);
  });

  test("not below min_machines_running, which counts in the primary region alone", () => {
    const service = { min_machines_running: 1 };
    const env = { PRIMARY_REGION: "iad" };
    expect(
      idle([machine("a", "iad", { service, env }), machine("b", "fra", { service, env })]),
    ).toEqual(["stop b"]);
  });

  test.for([
    ["autostop off", machine("a", "iad", { service: { autostop: false } })],
    ["cordoned", machine("a", "iad", { cordoned: true })],
    ["not started", machine("a", "iad", { state: "stopping" })],
    ["no services", machine("a", "iad", { config: {} })],
  ] as const)("not when %s", ([, one]) => {
    expect(idle([one])).toEqual([]);
  });

  test("suspended where the service says so", () => {
    expect(idle([machine("a", "iad", { service: { autostop: "suspend" } })])).toEqual([
      "suspend a",
    ]);
  });
});

describe("what is started", () => {
  function woken(
    machines: readonly EdgeMachine[],
    from = "iad",
    load: Record<string, number> = {},
  ) {
    return chooseToStart(machines, "acme", from, new Map(Object.entries(load)))?.machine.id;
  }
  const asleep = machine("s", "iad", { state: "stopped" });

  test("the nearest stopped Machine when none runs", () => {
    expect(woken([asleep, machine("f", "fra", { state: "suspended" })], "ams")).toBe("f");
    expect(woken([asleep, machine("f", "fra", { state: "suspended" })], "iad")).toBe("s");
  });

  test("a second one when the first is above its soft limit, not before", () => {
    expect(woken([machine("a", "iad"), asleep], "iad", { a: 1 })).toBeUndefined();
    expect(woken([machine("a", "iad"), asleep], "iad", { a: 2 })).toBe("s");
  });

  test("none of a farther region while the nearest has a running one", () => {
    expect(woken([machine("f", "fra"), asleep], "ams")).toBeUndefined();
  });

  test.for([
    ["autostart is off", machine("s", "iad", { state: "stopped", service: { autostart: false } })],
    ["cordoned", machine("s", "iad", { state: "stopped", cordoned: true })],
    ["failed", machine("s", "iad", { state: "failed" })],
    ["its host is away", machine("s", "iad", { state: "stopped", host_away: {} })],
  ] as const)("none when %s", ([, one]) => {
    expect(woken([one])).toBeUndefined();
  });
});

test("a pass suspends a Machine, a connection starts it, and it takes connections again", async () => {
  const clock = createVirtualClock();
  const fly = await startFlyApi({ listen: false, limits: false, lagMs: 0, clock });
  onTestFinished(async () => {
    const closed = fly.close();
    await clock.advance(1_000);
    await closed;
  });
  const headers = bearer(fly.token);
  async function post(path: string, body: object): Promise<string> {
    const response = await fly.app.request(path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { id: string }).id;
  }
  await post("/v1/apps", { name: "acme", org_slug: "personal" });
  const services = [
    {
      protocol: "tcp",
      internal_port: 8444,
      autostart: true,
      autostop: "suspend",
      ports: [{ port: 443 }],
      checks: [{ type: "tcp", port: 8444 }],
    },
  ];
  const id = await post("/v1/apps/acme/machines", {
    name: "iad-0",
    region: "iad",
    config: { image: "x", services },
  });
  await clock.advance(2_000);
  const connections = new Map([[id, 1]]);
  const autostop = startAutostop({
    store: fly.store,
    lifecycle: fly.lifecycle,
    clock,
    connections,
    log: () => undefined,
    everyMs: 60_000,
  });
  expect(autostop.pass()).toEqual([]);
  connections.clear();
  await clock.advance(61_000);
  expect(fly.store.machines.get(id)?.state).toBe("suspended");
  const waking = autostop.start(id);
  await clock.advance(1_000);
  await waking;
  expect(fly.store.machines.get(id)?.state).toBe("started");
  autostop.close();
  await clock.advance(600_000);
  expect(fly.store.machines.get(id)?.state).toBe("started");
});

test("a visitor waits at the edge for the Machine that its connection starts", async () => {
  const setup = await setUpEdge();
  onTestFinished(() => setup.close());
  const server = createServer((socket) => socket.end("hello from the origin"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const service = {
    internal_port: port,
    autostart: true,
    ports: [{ port: 443, handlers: [] }],
  };
  const sleeping = machineAt("a", port, { state: "stopped", config: { services: [service] } });
  setup.machines = [sleeping];
  const woken: string[] = [];
  const edges = await setup.start({
    startMachine(id) {
      woken.push(id);
      setup.machines = [{ ...sleeping, state: "started" }];
      return Promise.resolve();
    },
  });
  const visitor = connect({ port: edges.edges[0]?.port, host: "127.0.0.1", servername: HOSTNAME });
  // The origin doesn't speak TLS; the test only needs its bytes to arrive.
  const failure = await new Promise<Error>((resolve) => visitor.once("error", resolve));
  expect(failure.message).toContain("wrong version number");
  expect(woken).toEqual(["a"]);
});
