import { expect, test } from "vitest";
import { RunFailure } from "../../controller/loop/stack-runner.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { openDesk } from "./desk.ts";
import { eventually } from "../kit/eventually.ts";
import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { iad, runs, settled, started, host, fleet, startedDesk } from "./loop-desk.ts";

test("warnings of a run are kept on it, shown, and logged once", async () => {
  const desk = await openDesk();
  desk.hosts = fleet;
  desk.warnings.set("iad", ["W201: all replicas of worker share one host"]);
  await desk.loop.start();
  await settled(desk);
  const [run, ...others] = (await runs(desk)).toSorted((a) => (a.stack === "iad" ? -1 : 1));
  expect(run).toMatchObject({
    stack: "iad",
    warnings: ["W201: all replicas of worker share one host"],
  });
  expect(others.map(({ warnings }) => warnings)).toEqual([[], []]);
  expect(desk.logs.filter(({ msg }) => msg === "run warning")).toMatchObject([
    { run: run?.id, stack: "iad", warning: "W201: all replicas of worker share one host" },
  ]);
});

test("warnings of a run that failed are kept too", async () => {
  const desk = await openDesk();
  desk.hosts = fleet;
  desk.failing.set("global", new RunFailure("no", false, undefined, ["W201: worker"]));
  await desk.loop.start();
  await eventually(async () => (await runs(desk))[0]?.state).toBe("failed");
  expect((await runs(desk))[0]).toMatchObject({ stack: "global", warnings: ["W201: worker"] });
});

test("a run that new outputs of `global` are the reason of says so", async () => {
  const desk = await startedDesk();
  desk.outputs.set("global", { ipv6: "fdaa::2" });
  await desk.store.commit([{ put: "request", stack: "global", why: "rotate" }]);
  desk.loop.poke();
  await eventually(() => started(desk).slice(3)).toEqual(["global", "fra", "iad"]);
  await settled(desk);
  const causes = (await runs(desk)).slice(0, 2).map(({ cause }) => cause.kind);
  expect(causes).toEqual(["global", "global"]);
});

test("a commit stays the reason of the canary's run when it changes the outputs of `global` too", async () => {
  const desk = await startedDesk();
  desk.outputs.set("global", { ipv6: "fdaa::2" });
  const file = join(desk.folder, "fleet.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("memory_mb: 512", "memory_mb: 1024"));
  await desk.store.commit([{ put: "request", stack: "global", why: "rotate" }]);
  await desk.loop.follow(false);
  // Until the canary has the commit, iad takes the new outputs with the old one.
  await eventually(() => started(desk).slice(3).toSorted()).toEqual([
    "fra",
    "global",
    "iad",
    "iad",
  ]);
  const since = (await runs(desk)).slice(0, 3).toReversed();
  const causesOf = (stack: string): string[] =>
    since.filter((run) => run.stack === stack).map(({ cause }) => cause.kind);
  expect(causesOf("fra")).toEqual(["commit"]);
  expect(causesOf("iad")).toEqual(["global", "commit"]);
});

test("a burst's end is the reason of the run after it", async () => {
  const desk = await startedDesk();
  const burst = { service: "caddy", region: "iad", to: 4, for: "10m", reason: "rush" };
  await desk.call("POST", "/v1/bursts", { body: burst });
  await eventually(() => started(desk).slice(3)).toEqual(["iad"]);
  desk.hosts = [...fleet, host("iad-2"), host("iad-3")];
  await settled(desk);
  desk.hosts = fleet;
  desk.clock.advance(10 * 60_000);
  await eventually(() => started(desk).slice(4)).toEqual(["iad"]);
  expect((await runs(desk))[0]?.cause.kind).toBe("burst");
});

test("drift whose sentence changes is still the same drift, and is confirmed in its time", async () => {
  const desk = await startedDesk();
  const stopped = (text: string): ObservedHost =>
    host("iad-1", { state: "stopped", latest: { text, at: "2026-03-01T12:01:00.000Z" } });
  desk.hosts = [host("fra-0"), host("iad-0"), stopped("stop through Fly's API")];
  desk.clock.advance(30_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:30.000Z");
  desk.hosts = [host("fra-0"), host("iad-0"), stopped("exit of the Machine")];
  desk.clock.advance(3_000);
  await eventually(async () => (await iad(desk)).observed_at).toBe("2026-03-01T12:00:33.000Z");
  await eventually(() => started(desk)).toHaveLength(4);
  expect((await runs(desk))[0]?.cause.text).toContain("exit of the Machine");
});
