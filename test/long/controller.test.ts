/** The controller with the real engine: permanent changes, bursts, drift, and kills with -9. */
import { readFile, rm, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ControllerProcess } from "../../fixtures/controller-process.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;
let controller: ControllerProcess;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  // One host in iad, so that a burst from 1 to 4 starts three.
  await sandbox.editSpec("services/caddy.yaml", "iad: { replicas: 2", "iad: { replicas: 1");
  await sandbox.editSpec("services/nats.yaml", "iad: { replicas: 2", "iad: { replicas: 1");
  await sandbox.editSpec("services/worker.yaml", "iad: { replicas: 3", "iad: { replicas: 1");
  await sandbox.editSpec("services/worker.yaml", "spread: 2", "spread: 1");
  await sandbox.up("simulated");
  controller = await ControllerProcess.create(sandbox);
  await controller.start();
  sandbox.useEnv(controller.env);
  await controller.settled(["fra-0", "iad-0"]);
});
afterAll(async () => {
  await controller.stop();
  await sandbox.close();
});

const one = ["fra-0", "fra-1", "iad-0"];
const four = [...one, "iad-1", "iad-2", "iad-3"];

/** Machine ids by name: a re-created Machine has another id. */
async function ids(): Promise<Record<string, string>> {
  const { machines } = await sandbox.status();
  return Object.fromEntries(machines.map(({ name, id }) => [name, id]));
}

/** Holds the next matching call until the faults are cleared. @returns when the call is held */
async function hold(method: string, path: string): Promise<() => Promise<unknown>> {
  const { id } = await sandbox.control<{ id: string }>("POST", "/_local/faults", {
    api: "fly",
    method,
    path,
    when: "before",
    action: "hold",
    times: 1,
  });
  return async () =>
    until(
      "the call that is held",
      async () => {
        const { faults } = await sandbox.control<{ faults: { id: string; hits: number }[] }>(
          "GET",
          "/_local/faults",
        );
        return faults.some((fault) => fault.id === id && fault.hits > 0);
      },
      60_000,
    );
}

it("scale set raises replicas and bounds for good: a commit in the remote, then a host more", async () => {
  const file = join(sandbox.dir, "service-caddy.yaml");
  const text = await readFile(join(sandbox.specsDir, "services/caddy.yaml"), "utf8");
  await writeFile(file, text.replace("fra: { replicas: 1 }", "fra: { replicas: 2, max: 2 }"));
  const shown = await controller.cli("scale", "show", "--file", file);
  expect(shown.stdout).toContain("fra-1");
  const set = await controller.cli("scale", "set", "--file", file, "--reason", "more for fra");
  expect(set.stdout).toContain("+  fra: { replicas: 2, max: 2 }");
  await controller.git("pull", "--quiet", controller.remote, "main");
  const log = await controller.git("log", "-1", "-p", "--format=%an: %s");
  expect(log).toContain("admin: more for fra");
  expect(log.split("\n").filter((line) => /^[+-][^+-]/.test(line))).toEqual([
    "-  fra: { replicas: 1 }",
    "+  fra: { replicas: 2, max: 2 }",
  ]);
  const status = await controller.settled(one);
  expect(status.runs[0]).toMatchObject({
    stack: "fra",
    commit: status.revision,
    state: "succeeded",
  });
});

it("a burst from 1 to 4 starts three hosts, is named, survives an up by hand, and ends by itself", async () => {
  const before = await ids();
  await controller.cli(
    "scale",
    "burst",
    "caddy",
    "--region=iad",
    "--to=4",
    "--for=2m",
    "--reason=launch",
  );
  const status = await controller.settled(four, 110_000);
  const place = status.services
    .find(({ name }) => name === "caddy")
    ?.regions.find(({ region }) => region === "iad");
  expect(place).toMatchObject({
    replicas: 1,
    effective: 4,
    current: 4,
    deviations: [{ cause: "burst", author: "admin", text: "4 instead of 1: admin: launch" }],
  });
  const text = (await controller.cli("status")).stdout;
  expect(text).toContain("admin: launch");

  await sandbox.apply("iad");
  expect(await sandbox.machines()).toEqual(four);

  const after = await controller.settled(one);
  expect(after.bursts).toEqual([]);
  expect(await ids()).toEqual(before);
  const { stdout } = await controller.cli("scale", "show");
  expect(stdout).not.toContain("launch");
});

it("slots of a local service follow a burst and return, without another host", async () => {
  const { stdout } = await controller.cli(
    "scale",
    "burst",
    "worker",
    "--region=iad",
    "--to=3",
    "--for=10m",
    "--json",
  );
  const { id } = JSON.parse(stdout) as { id: string };
  const running = async (): Promise<number | undefined> =>
    (await controller.status()).services
      .find(({ name }) => name === "worker")
      ?.regions.find(({ region }) => region === "iad")?.current;
  await until("three workers", async () => (await running()) === 3, 120_000);
  await controller.cli("scale", "end", id);
  await until("one worker", async () => (await running()) === 1, 120_000);
  expect((await controller.settled(one)).bursts).toEqual([]);
});

it("drift made by hand is found, named and repaired", async () => {
  const before = await ids();
  await sandbox.flotilla("local", "kill", "iad-0");
  await until(
    "a deviation in the status",
    async () => {
      const { stacks } = await controller.status();
      return stacks.some(({ deviations }) => deviations.some(({ host }) => host === "iad-0"));
    },
    60_000,
  );
  await controller.settled(one);
  expect((await ids())["iad-0"]).not.toBe(before["iad-0"]);
  expect((await ids())["fra-0"]).toBe(before["fra-0"]);
  const { runs } = await controller.status();
  expect(runs[0]?.cause).toMatchObject({ kind: "drift", text: "iad-0: its Machine is gone" });
});

it("killed with its engine during a run, it removes the lock of its dead engine and continues", async () => {
  const held = await hold("POST", "/machines$");
  await controller.cli("scale", "burst", "caddy", "--region=iad", "--to=2", "--for=10m");
  await held();
  const engines = await controller.enginePids("iad");
  expect(engines.length).toBeGreaterThan(0);
  await controller.kill();
  for (const pid of engines) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // The process ended already.
    }
  }
  await sandbox.control("DELETE", "/_local/faults");
  await controller.start();
  sandbox.useEnv(controller.env);
  const status = await controller.settled([...one, "iad-1"]);
  expect(status.runs.find(({ state }) => state === "interrupted")).toMatchObject({ stack: "iad" });
  const [burst] = status.bursts;
  await controller.cli("scale", "end", burst?.id ?? "");
  await controller.settled(one);
  expect((await sandbox.previewNoChanges("iad")).exitCode).toBe(0);
});

it("a request repeated after a kill is neither lost nor done twice", async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `write-${index}`);
  const post = async (key: string): Promise<number> =>
    (
      await controller.call(
        "POST",
        "/v1/bursts",
        { service: "worker", region: "iad", to: 1, for: "10m", reason: key },
        { "idempotency-key": key },
      )
    ).status;
  const answers = Promise.allSettled(keys.map(post));
  await until(
    "some of them written",
    async () => {
      const { text } = await controller.call("GET", "/v1/bursts");
      return (JSON.parse(text) as { bursts: unknown[] }).bursts.length > 3;
    },
    60_000,
  );
  await controller.kill();
  const answered = (await answers).map((answer, index) =>
    answer.status === "fulfilled" && answer.value === 201 ? keys[index] : undefined,
  );
  await controller.start();
  sandbox.useEnv(controller.env);
  const bursts = async (): Promise<{ id: string; reason: string }[]> =>
    (
      JSON.parse((await controller.call("GET", "/v1/bursts")).text) as {
        bursts: { id: string; reason: string }[];
      }
    ).bursts;
  const kept = (await bursts()).map(({ reason }) => reason);
  expect(kept).toEqual(expect.arrayContaining(answered.filter((key) => key !== undefined)));
  for (const key of keys) expect(await post(key)).toBe(201);
  expect((await bursts()).map(({ reason }) => reason).toSorted()).toEqual(keys.toSorted());
  for (const { id } of await bursts()) await controller.cli("scale", "end", id);
});

it("a change repeated after a kill during its push is committed once", async () => {
  const hook = join(controller.remote, "hooks/pre-receive");
  const reached = join(sandbox.dir, "push-reached");
  const release = join(sandbox.dir, "push-release");
  await writeFile(
    hook,
    `#!/bin/sh\ntouch ${reached}\nwhile [ ! -e ${release} ]; do sleep 0.1; done\n`,
  );
  await chmod(hook, 0o755);
  const { text, etag } = await controller.call("GET", "/v1/spec/services/worker");
  const { text: document } = JSON.parse(text) as { text: string };
  const put = async (): ReturnType<ControllerProcess["call"]> =>
    controller.call(
      "PUT",
      "/v1/spec/services/worker",
      { text: document.replace("max: 8", "max: 7"), reason: "killed push" },
      { "if-match": etag, "idempotency-key": "push-1" },
    );
  const cutOff = put().catch(() => undefined);
  await until(
    "the push",
    async () =>
      readFile(reached).then(
        () => true,
        () => false,
      ),
    60_000,
  );
  await controller.kill();
  await cutOff;
  await writeFile(release, "");
  await until(
    "the end of the push",
    async () => (await controller.commits())[0] === "killed push",
    60_000,
  );
  await rm(hook);
  await controller.start();
  sandbox.useEnv(controller.env);
  const answer = await put();
  expect(answer.status, answer.text).toBe(200);
  expect((await controller.commits()).filter((subject) => subject === "killed push")).toHaveLength(
    1,
  );
  await controller.settled(one);
});

it("a second controller on the same state refuses to start", async () => {
  const ran = await sandbox.flotilla(
    "controller",
    "serve",
    `--remote=${controller.remote}`,
    `--state=${controller.dir}`,
    "--listen=127.0.0.1:0",
  );
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain("another controller runs on");
});

it("keeps tokens out of its log, its exports and its store", async () => {
  const { tokens } = await sandbox.info();
  const store = await readFile(join(controller.dir, "controller.sqlite"), "latin1");
  for (const secret of [
    tokens.fly,
    tokens.cloudflare,
    controller.env["FLOTILLA_TOKEN"] ?? "",
    sandbox.env["PULUMI_CONFIG_PASSPHRASE"] ?? "",
  ]) {
    expect(secret.length).toBeGreaterThan(10);
    expect(controller.log).not.toContain(secret);
    expect(store).not.toContain(secret);
  }
});
