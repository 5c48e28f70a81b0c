import { instantOf } from "../../controller/model/shapes.ts";
import { expect, test } from "vitest";
import { RunFailure } from "../../controller/loop/stack-runner.ts";
import { openDesk, copySampleSpecs } from "./desk.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";
import { eventually } from "../kit/eventually.ts";
import { HandClock } from "../kit/hand-clock.ts";
import { join } from "node:path";
import { readFile, readdir, writeFile } from "node:fs/promises";
import {
  states,
  iad,
  runs,
  driftFound,
  settled,
  started,
  host,
  fleet,
  startedDesk,
  edit,
} from "./loop-desk.ts";

test("a first start brings everything up: global, then the canary, then the others", async () => {
  const desk = await startedDesk();
  expect(started(desk)).toEqual(["global", "fra", "iad"]);
  expect((await runs(desk)).map(({ state }) => state)).toEqual([
    "succeeded",
    "succeeded",
    "succeeded",
  ]);
});

test("runs that were asked for are still owed after a crash, and once", async () => {
  const storePath = join(scratchFolder(), "store.sqlite");
  const before = await openDesk({ storePath });
  before.hosts = fleet;
  await before.loop.start();
  await settled(before);
  await before.loop.stop();
  expect((await before.call("POST", "/v1/reconcile", { body: { reason: "go" } })).status).toBe(202);
  const { folder, stateDir, clock } = before;
  const after = await openDesk({ storePath, folder, stateDir, clock });
  after.hosts = fleet;
  await after.loop.start();
  await eventually(() => started(after).toSorted()).toEqual(["fra", "global", "iad"]);
  await settled(after);
  expect(await after.store.requests()).toEqual(new Map());
  expect((await after.store.runs(3)).map(({ cause }) => cause.kind)).toEqual(
    Array.from({ length: 3 }, () => "request"),
  );
});

test("a new commit runs only where it changes something", async () => {
  const desk = await startedDesk();
  await edit(desk, "iad: { replicas: 2", "iad: { replicas: 3");
  await eventually(() => started(desk).slice(3)).toEqual(["iad"]);
  await settled(desk);
  const status = await desk.status();
  for (const { applied } of status.stacks) expect(applied).toBe(status.revision);
  expect(status.runs[0]?.cause.kind).toBe("commit");
  await edit(desk, "iad: { replicas: 3", "iad: { replicas: 2");
  await eventually(() => started(desk).slice(4)).toEqual(["iad"]);
  await settled(desk);
  const exports = await readdir(join(desk.stateDir, "exports"));
  expect(exports).toHaveLength(2);
});

test("a commit that fails on the canary goes no further, and bursts elsewhere go on from the old one", async () => {
  const desk = await startedDesk();
  const before = (await desk.specs.newest()).commit;
  desk.failing.set("fra", new RunFailure("host fra-0 isn't healthy", false, undefined));
  const file = join(desk.folder, "fleet.yaml");
  await writeFile(
    file,
    (await readFile(file, "utf8")).replace("memory_mb: 512", "memory_mb: 1024"),
  );
  await desk.loop.follow(false);
  await eventually(async () => states(desk)).toEqual({
    global: "in_sync",
    fra: "backing_off",
    iad: "waiting",
  });
  const burst = { service: "caddy", region: "iad", to: 4, for: "10m", reason: "rush" };
  expect((await desk.call("POST", "/v1/bursts", { body: burst })).status).toBe(201);
  await eventually(() => desk.runs.at(-1)?.stack).toBe("iad");
  expect(desk.runs.at(-1)?.specs).toContain(before);
  const fra = (await desk.status()).stacks.find(({ stack }) => stack === "fra");
  expect(fra).toMatchObject({ why: "host fra-0 isn't healthy", failures: 1 });
  desk.failing.clear();
  desk.clock.advance(5_000);
  await eventually(() => started(desk).slice(-2)).toEqual(["fra", "iad"]);
  await settled(desk);
});

test("a request means the newest commit, in its turn", async () => {
  const desk = await startedDesk();
  desk.failing.set("fra", new RunFailure("no", false, undefined));
  const file = join(desk.folder, "fleet.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("memory_mb: 512", "memory_mb: 1024"));
  expect((await desk.call("POST", "/v1/reconcile", { body: { reason: "go" } })).status).toBe(202);
  await eventually(() => started(desk).slice(3)).toEqual(["global", "fra"]);
  await eventually(async () => (await states(desk))["fra"]).toBe("backing_off");
  expect((await iad(desk)).state).toBe("waiting");
  desk.failing.clear();
  desk.clock.advance(5_000);
  await settled(desk);
  expect(started(desk).slice(3)).toEqual(["global", "fra", "fra", "iad"]);
});

test("a burst starts a run and its end another, though the controller was down in between", async () => {
  const clock = new HandClock();
  const folder = await copySampleSpecs();
  const stateDir = scratchFolder();
  const storePath = join(scratchFolder(), "store.sqlite");
  const options = { clock, folder, stateDir, storePath };
  const desk = await openDesk(options);
  desk.hosts = fleet;
  await desk.loop.start();
  await settled(desk);
  const burst = { service: "caddy", region: "iad", to: 4, for: "10m", reason: "rush" };
  desk.hosts = [...fleet, host("iad-2"), host("iad-3")];
  await desk.call("POST", "/v1/bursts", { body: burst });
  await eventually(() => started(desk).slice(3)).toEqual(["iad"]);
  await settled(desk);
  expect(desk.runs[3]?.signals.bursts).toMatchObject([{ to: 4, reason: "rush" }]);
  const token = await desk.token("operator");
  await desk.loop.stop();
  clock.advance(60 * 60_000);

  const again = await openDesk(options);
  again.hosts = fleet;
  await again.loop.start();
  await eventually(() => started(again)).toEqual(["iad"]);
  expect(again.runs[0]?.signals.bursts).toEqual([]);
  const ended = await again.call("GET", "/v1/bursts/b-1", { token });
  expect(ended.body).toMatchObject({ ended_by: "expiry", ended_at: "2026-03-01T12:10:00.000Z" });
});

test("a run that our own end cut off is marked, and done again", async () => {
  const storePath = join(scratchFolder(), "store.sqlite");
  const first = await openDesk({ storePath });
  const { commit } = await first.specs.newest();
  const at = instantOf(first.clock.now());
  const cause = { kind: "commit", text: "commit" } as const;
  await first.store.commit([
    {
      put: "run",
      run: { id: "r-1", stack: "iad", commit, cause, state: "running", started_at: at },
    },
  ]);
  const desk = await openDesk({ storePath, specs: first.specs });
  desk.hosts = fleet;
  await desk.loop.start();
  await settled(desk);
  expect((await runs(desk)).find(({ id }) => id === "r-1")?.state).toBe("interrupted");
  expect(started(desk)).toContain("iad");
});

test("drift that stays for a while is found, named, repaired, and gone", async () => {
  const desk = await startedDesk();
  expect((await desk.store.applied()).get("iad")?.versions).toEqual({
    "iad-0": "v1",
    "iad-1": "v1",
  });
  desk.hosts = [
    host("fra-0"),
    host("iad-0"),
    host("iad-1", {
      state: "stopped",
      latest: { text: "stop through Fly's API", at: "2026-03-01T12:01:00.000Z" },
    }),
  ];
  desk.clock.advance(30_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:30.000Z");
  expect(started(desk)).toHaveLength(3);
  desk.clock.advance(3_000);
  await eventually(() => started(desk)).toHaveLength(4);
  expect((await runs(desk))[0]?.cause).toEqual({
    kind: "drift",
    text: "iad-1: it is stopped and should be started (last: stop through Fly's API)",
  });
  desk.hosts = fleet;
  await settled(desk);
});

test.each([
  ["a Machine that is gone", [host("fra-0"), host("iad-0")], "iad-1/missing"],
  [
    "a slot switched by hand",
    [host("fra-0"), host("iad-0", { active: { worker: 4 } }), host("iad-1")],
    "iad-0/slots/worker",
  ],
  [
    "a written configuration",
    [host("fra-0"), host("iad-0", { version: "v2" }), host("iad-1")],
    "iad-0/configuration",
  ],
  ["a Machine too many", [...fleet, host("iad-3")], "iad-3/unexpected"],
])("%s is drift", async (_, hosts, key) => {
  const desk = await startedDesk();
  desk.hosts = hosts;
  desk.clock.advance(30_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:30.000Z");
  desk.clock.advance(3_000);
  await eventually(() => desk.runs.length).toBeGreaterThan(3);
  expect((await runs(desk))[0]?.cause.kind).toBe("drift");
  expect(await driftFound(desk)).toMatchObject([{ key, stack: "iad" }]);
});

test("a slot stopped by hand inside a host is found, and the next run switches them all", async () => {
  const desk = await openDesk();
  desk.hosts = fleet;
  const slots = (...on: boolean[]): { name: string; on: boolean }[] =>
    on.map((each, index) => ({ name: `worker-${index}`, on: each }));
  desk.processes.set("iad-0", slots(true, true, false, false));
  await desk.loop.start();
  await settled(desk);
  desk.processes.set("iad-0", slots(true, false, false, true));
  desk.clock.advance(31_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:31.000Z");
  desk.clock.advance(3_000);
  await eventually(() => started(desk)).toHaveLength(4);
  expect((await runs(desk))[0]?.cause.kind).toBe("drift");
  expect((await driftFound(desk)).map(({ key }) => key)).toEqual([
    "iad-0/slot/worker-1",
    "iad-0/slot/worker-3",
  ]);
  expect(desk.doubted).toEqual(["id-iad-0"]);
  desk.processes.set("iad-0", slots(true, true, false, false));
  await settled(desk);
});

test("a metric scales inside bounds, with its reason in status and audit, and back when it falls silent", async () => {
  const desk = await startedDesk();
  desk.readings.set("queue_depth", {
    atSeconds: desk.clock.now() / 1_000,
    value: 2_000,
    missing: 0,
  });
  desk.readings.set("cpu", {
    atSeconds: desk.clock.now() / 1_000,
    value: 0.1,
    missing: 0,
  });
  const effective = async (): Promise<number | undefined> =>
    (await desk.status()).services
      .find(({ name }) => name === "worker")
      ?.regions.find(({ region }) => region === "iad")?.effective;
  for (let look = 0; look < 20 && (await effective()) !== 8; look += 1) {
    const atSeconds = desk.clock.now() / 1_000 + 15;
    desk.readings.set("queue_depth", { atSeconds, value: 2_000, missing: 0 });
    desk.clock.advance(15_000);
    await eventually(async () => (await desk.store.decisions())[0]?.at).toBe(
      instantOf(desk.clock.now()),
    );
  }
  expect(await effective()).toBe(8);
  await eventually(() => started(desk).slice(3)).toContain("iad");
  const worker = (await desk.status()).services.find(({ name }) => name === "worker");
  const place = worker?.regions.find(({ region }) => region === "iad");
  expect(place?.deviations[0]?.cause).toBe("metric");
  expect(place?.deviations[0]?.text).toContain("queue_depth");
  expect(
    (await desk.audit()).some(
      ({ action, target }) => action === "scale.metric" && target === "worker in iad",
    ),
  ).toBe(true);
  desk.readings.clear();
  desk.clock.advance(20 * 60_000);
  await eventually(effective).toBe(3);
});

test("while repair is paused drift is shown and left, and the pause ends by itself", async () => {
  const desk = await startedDesk();
  const pause = { what: "repair", region: "iad", for: "5m", reason: "looking into it" };
  expect((await desk.call("POST", "/v1/pauses", { body: pause })).status).toBe(201);
  desk.hosts = [host("fra-0"), host("iad-0")];
  desk.clock.advance(30_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:30.000Z");
  desk.clock.advance(3_000);
  await eventually(async () => states(desk)).toMatchObject({ iad: "paused" });
  const { why, deviations } = await iad(desk);
  expect(why).toContain("looking into it");
  expect(deviations).toMatchObject([{ cause: "drift", host: "iad-1" }]);
  expect(started(desk)).toHaveLength(3);
  desk.clock.advance(5 * 60_000);
  await eventually(() => started(desk).slice(3)).toEqual(["iad"]);
});

test("a repair that failed isn't tried again while repair is paused", async () => {
  const desk = await startedDesk();
  desk.failing.set("iad", new RunFailure("iad-1 didn't come up", false, undefined));
  desk.hosts = [host("fra-0"), host("iad-0")];
  desk.clock.advance(30_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:30.000Z");
  desk.clock.advance(3_000);
  await eventually(async () => states(desk)).toMatchObject({ iad: "backing_off" });
  const body = { what: "repair", region: "iad", for: "5m", reason: "looking into it" };
  expect((await desk.call("POST", "/v1/pauses", { body })).status).toBe(201);
  await eventually(async () => states(desk)).toMatchObject({ iad: "paused" });
  desk.failing.clear();
  desk.clock.advance(60_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:01:33.000Z");
  expect(started(desk)).toHaveLength(4);
  desk.clock.advance(5 * 60_000);
  await eventually(() => started(desk).slice(4)).toEqual(["iad"]);
});

test("a pause of everything holds back commits and ends of bursts too", async () => {
  const desk = await startedDesk();
  await desk.call("POST", "/v1/pauses", { body: { what: "all", for: "5m", reason: "incident" } });
  await edit(desk, "iad: { replicas: 2", "iad: { replicas: 3");
  await eventually(async () => states(desk)).toMatchObject({ iad: "paused" });
  expect(started(desk)).toHaveLength(3);
  await desk.call("DELETE", "/v1/pauses/p-1");
  await eventually(() => started(desk).slice(3)).toEqual(["iad"]);
});

test("a stack whose run fails is tried again after 5, 10, 20 seconds, and a request tries at once", async () => {
  const desk = await startedDesk();
  desk.failing.set("iad", new RunFailure("no", false, undefined));
  await edit(desk, "iad: { replicas: 2", "iad: { replicas: 3");
  await eventually(async () => states(desk)).toMatchObject({ iad: "backing_off" });
  const next = async (): Promise<string | undefined> => (await iad(desk)).next_attempt_at;
  expect(await next()).toBe("2026-03-01T12:00:05.000Z");
  desk.clock.advance(5_000);
  await eventually(next).toBe("2026-03-01T12:00:15.000Z");
  await desk.call("POST", "/v1/reconcile", { body: { reason: "now" } });
  await eventually(next).toBe("2026-03-01T12:00:25.000Z");
  desk.failing.clear();
  desk.clock.advance(20_000);
  await settled(desk);
});
