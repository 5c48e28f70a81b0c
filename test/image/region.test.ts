import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, it } from "vitest";

import { freePort, ownAddress } from "./address.ts";
import { environmentOf, startChild } from "../kit/child.ts";
import type { Child } from "../kit/child.ts";
import { startFlakyProxy } from "./flaky-proxy.ts";
import type { FlakyProxy } from "./flaky-proxy.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import { planNats } from "./nats.ts";
import type { NatsRegion } from "./nats.ts";
import { planPocketBase, resultsOf, workerPassword } from "./pocketbase.ts";
import type { PocketBaseServer } from "./pocketbase.ts";
import { buildTimeoutMs, imageFolder, programPaths } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

/**
 * A region without Process Compose and Caddy: the real NATS servers, PocketBase and worker. The worker's NATS is the
 * leaf without JetStream, its PocketBase is behind a proxy that can lose and hold back requests.
 */
describe("the sample app in a region", { timeout: 60_000 }, () => {
  const resources = new AsyncDisposableStack();
  const host = ownAddress();
  let folder = "";
  let nats: NatsRegion;
  let core: Child;
  let pocketbase: PocketBaseServer;
  let pocketbaseChild: Child;
  let proxy: FlakyProxy;
  let worker: Child;
  let healthUrl = "";
  let operator: NatsConnection;

  beforeAll(async () => {
    const programs = await programPaths(["nats-server", "pocketbase"]);
    folder = resources.use(await temporaryFolder()).path;
    nats = await planNats(programs["nats-server"], folder, host);
    pocketbase = await planPocketBase(programs.pocketbase, folder, host);
    proxy = resources.use(await startFlakyProxy(host, pocketbase));
    await writeFile(join(folder, "operator.seed"), `${nats.keys.operator.seed}\n`);
    // The worker starts before everything it needs, as it may on a host.
    const port = await freePort(host);
    healthUrl = `http://${host}:${port}/healthz`;
    worker = resources.use(await startWorker(port));
    await until(
      "the worker serves its health",
      async () => (await fetch(healthUrl)).status === 503,
    );
    resources.use(await nats.startLeaf());
    core = await nats.startCore();
    resources.defer(() => core[Symbol.asyncDispose]());
    pocketbaseChild = await pocketbase.start();
    resources.defer(() => pocketbaseChild[Symbol.asyncDispose]());
    operator = await nats.connectOperator();
    resources.defer(() => operator.close());
    await until("the worker is healthy", async () => (await fetch(healthUrl)).ok);
    await until("the worker works", () =>
      worker.output().includes("consuming queue jobs of region iad"),
    );
  }, buildTimeoutMs);
  afterAll(() => resources.disposeAsync());

  /** As a host's Process Compose would: through `run`, with more in the environment than the worker may see. */
  function startWorker(port: number): Promise<Child> {
    return startChild(
      join(imageFolder, "bin/run"),
      [
        "QUEUE,API_KEY,NATS_APP_SEED,POCKETBASE_WORKER_PASSWORD",
        "--",
        process.execPath,
        join(imageFolder, "app/worker.ts"),
      ],
      {
        env: {
          PATH: "/usr/bin:/bin",
          QUEUE: "jobs",
          API_KEY: "test-api-key",
          NATS_APP_SEED: nats.keys.app.seed,
          POCKETBASE_WORKER_PASSWORD: workerPassword,
          POCKETBASE_ADMIN_PASSWORD: "unnamed-admin-password",
          NATS_LEAF_SEED: nats.keys.leaf.seed,
          NATS_URL: nats.leafUrl,
          POCKETBASE_URL: proxy.url,
          FLOTILLA_REGION: "iad",
          FLOTILLA_HOST: "iad-1",
          FLOTILLA_SLOT: "worker-0",
          BIND_ADDRESS: `[${host}]`,
          PORT: String(port),
          PORT_HTTP: String(port),
        },
      },
    );
  }

  async function publish(
    ...args: string[]
  ): Promise<{ code: number | string; stdout: string; output: string }> {
    await using child = await startChild(
      process.execPath,
      [join(imageFolder, "app/publish.ts"), ...args],
      {
        env: {
          PATH: "/usr/bin:/bin",
          NATS_URL: nats.leafUrl,
          NATS_SEED_FILE: join(folder, "operator.seed"),
        },
      },
    );
    return { code: await child.ended, stdout: child.stdout(), output: child.output() };
  }

  /** A message in the stream without the id that would mark it as a duplicate. */
  async function publishRaw(id: string, body: string): Promise<void> {
    await jetstream(operator).publish(`jobs.iad.${id}`, body);
  }

  /** A work queue forgets a message only when it is acknowledged or terminated. */
  function queueIsEmpty(): Promise<true> {
    return until("the queue is empty", async () => {
      const jsm = await jetstreamManager(operator);
      return (await jsm.streams.info("JOBS")).state.messages === 0;
    });
  }

  function oneResult(id: string): Promise<Record<string, string>> {
    return until(`a result of ${id}`, async () => {
      const [result] = await resultsOf(pocketbase.url, id);
      return result;
    });
  }

  it("gives the worker only the secrets its spec names", async ({ expect }) => {
    const environment = await environmentOf(worker.pid);
    expect(environment.get("API_KEY")).toBe("test-api-key");
    expect(environment.get("BIND_ADDRESS")).toBe(host);
    const values = [...environment.values()].join("\n");
    expect(values).not.toContain("unnamed-admin-password");
    expect(values).not.toContain(nats.keys.leaf.seed);
  });

  it("turns a published job into a record", async ({ expect }) => {
    const { code, stdout, output } = await publish("iad", "hello there", "--json");
    expect(code, output).toBe(0);
    const ack = JSON.parse(stdout) as Record<string, unknown>;
    expect(ack).toMatchObject({
      stream: "JOBS",
      domain: "iad",
      subject: `jobs.iad.${String(ack["job"])}`,
    });
    const result = await oneResult(String(ack["job"]));
    expect(result).toMatchObject({
      text: "hello there",
      region: "iad",
      host: "iad-1",
      slot: "worker-0",
    });
    await queueIsEmpty();
  });

  it("makes a work queue and a durable consumer that all workers share", async ({ expect }) => {
    const jsm = await jetstreamManager(operator);
    const { config } = await jsm.streams.info("JOBS");
    expect(config).toMatchObject({
      subjects: ["jobs.iad.>"],
      retention: "workqueue",
      storage: "file",
    });
    const consumer = await jsm.consumers.info("JOBS", "workers");
    expect(consumer.config).toMatchObject({ durable_name: "workers", ack_policy: "explicit" });
  });

  it("takes a second publish of one id for the first", async ({ expect }) => {
    expect((await publish("iad", "first", "--id", "twice")).stdout).toContain(
      "job twice stored as jobs.iad.twice",
    );
    expect((await publish("iad", "second", "--id", "twice")).stdout).toContain(
      "job twice was stored before",
    );
    expect((await oneResult("twice"))["text"]).toBe("first");
  });

  it("records a job once when its delivery is repeated", async ({ expect }) => {
    const before = proxy.creates();
    proxy.loseNextAnswer();
    await publish("iad", "lost answer", "--id", "redelivered");
    await until("the second delivery is recognised", () =>
      worker.output().includes("job redelivered already done"),
    );
    await queueIsEmpty();
    expect(proxy.creates() - before).toBe(2);
    expect(await resultsOf(pocketbase.url, "redelivered")).toHaveLength(1);
  });

  it("keeps jobs while PocketBase is down", async ({ expect }) => {
    pocketbaseChild.signal("SIGTERM");
    await pocketbaseChild.ended;
    await publish("iad", "patience", "--id", "outage");
    await until("the job is retried", () =>
      worker.output().includes("job outage failed, retry in"),
    );
    expect((await fetch(healthUrl)).status).toBe(200);
    pocketbaseChild = await pocketbase.start();
    expect((await oneResult("outage"))["text"]).toBe("patience");
    await queueIsEmpty();
  });

  it("logs in again when its login is no longer good", async ({ expect }) => {
    // Another password and back: every login of before has ended.
    for (const password of ["a-password-between", workerPassword]) {
      pocketbaseChild.signal("SIGTERM");
      await pocketbaseChild.ended;
      pocketbaseChild = await pocketbase.start({ POCKETBASE_WORKER_PASSWORD: password });
    }
    await publish("iad", "again", "--id", "relogin");
    expect((await oneResult("relogin"))["text"]).toBe("again");
    expect(worker.output()).not.toContain("job relogin failed");
  });

  it("drops what can never become a job, and goes on", async ({ expect }) => {
    await publishRaw("not-json", "{");
    await publishRaw("no-text", '{"txt": 1}');
    // Longer than PocketBase takes for an id.
    await publishRaw("x".repeat(201), '{"text": "fine"}');
    await queueIsEmpty();
    expect(worker.output()).toContain("message jobs.iad.not-json rejected: the body is not JSON");
    expect(worker.output()).toContain("message jobs.iad.no-text rejected");
    expect(worker.output()).toContain(`job ${"x".repeat(201)} rejected: PocketBase refused job:`);
    await publish("iad", "still here", "--id", "after-garbage");
    await oneResult("after-garbage");
  });

  it("goes on after its region's NATS was gone", async ({ expect }) => {
    core.signal("SIGKILL");
    await core.ended;
    core = await nats.startCore();
    await until("a publish gets through again", async () => {
      return (await publish("iad", "after the gap", "--id", "nats-gap")).code === 0;
    });
    expect((await oneResult("nats-gap"))["text"]).toBe("after the gap");
    await queueIsEmpty();
  });

  it("makes its queue again when somebody deletes it", async ({ expect }) => {
    const jsm = await jetstreamManager(operator);
    await jsm.streams.delete("JOBS");
    await until("there is a stream again", async () => {
      return (await jsm.streams.info("JOBS")).config.name === "JOBS";
    });
    await until("a publish gets through again", async () => {
      return (await publish("iad", "all new", "--id", "new-stream")).code === 0;
    });
    expect((await oneResult("new-stream"))["text"]).toBe("all new");
  });

  it("finishes the current job on SIGTERM, and leaves the others", async ({ expect }) => {
    const held = proxy.holdNextCreate();
    await publish("iad", "in hand", "--id", "in-hand");
    const release = await held;
    await publish("iad", "for the next worker", "--id", "waiting");
    worker.signal("SIGTERM");
    await until("the worker knows", () => worker.output().includes("finishing the current job"));
    release();
    expect(await worker.ended).toBe(0);
    expect((await oneResult("in-hand"))["text"]).toBe("in hand");
    expect(await resultsOf(pocketbase.url, "waiting")).toEqual([]);
    const jsm = await jetstreamManager(operator);
    expect((await jsm.streams.info("JOBS")).state.messages).toBe(1);
    expect((await jsm.consumers.info("JOBS", "workers")).num_ack_pending).toBe(0);
  });

  it("says what keeps a publish from being stored", async ({ expect }) => {
    const nowhere = await publish("gru", "nobody there");
    expect(nowhere.code).toBe(3);
    expect(nowhere.output).toContain("does one run in gru");
    const wrong = await publish("iad");
    expect(wrong.code).toBe(2);
    expect(wrong.output).toContain("usage: node publish.ts REGION TEXT");
  });
});

describe("a worker with nothing around it", () => {
  const env = {
    PATH: "/usr/bin:/bin",
    FLOTILLA_REGION: "iad",
    NATS_URL: "nats://127.0.0.1:1",
    POCKETBASE_URL: "http://127.0.0.1:1",
    POCKETBASE_WORKER_PASSWORD: workerPassword,
    NATS_APP_SEED: "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY",
  };

  it("names every setting that is missing, and no value", async ({ expect }) => {
    await using child = await startChild(process.execPath, [join(imageFolder, "app/worker.ts")], {
      env: { PATH: env.PATH, NATS_APP_SEED: env.NATS_APP_SEED, PORT: "http" },
    });
    expect(await child.ended).toBe(1);
    for (const name of [
      "FLOTILLA_REGION",
      "NATS_URL",
      "POCKETBASE_URL",
      "POCKETBASE_WORKER_PASSWORD",
    ]) {
      expect(child.output()).toContain(`${name} is not set`);
    }
    expect(child.output()).toContain("PORT is not a whole number");
    expect(child.output()).not.toContain(env.NATS_APP_SEED);
  });

  it("waits for NATS, unhealthy, and ends at once on SIGTERM", async ({ expect }) => {
    const host = ownAddress();
    const port = await freePort(host);
    await using child = await startChild(process.execPath, [join(imageFolder, "app/worker.ts")], {
      env: { ...env, BIND_ADDRESS: host, PORT: String(port) },
    });
    const status = await until(
      "health",
      async () => (await fetch(`http://${host}:${port}/healthz`)).status,
    );
    expect(status).toBe(503);
    child.signal("SIGTERM");
    expect(await child.ended).toBe(0);
  });
});
