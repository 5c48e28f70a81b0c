import { expect, test } from "vitest";
import { pauseOf } from "../../controller/fleet/pauses.ts";
import { renderSignals } from "../../controller/fleet/signals.ts";
import type { Pause } from "../../controller/model/pause.ts";
import type { Decision } from "../../controller/store/store.ts";
import { openDesk } from "./desk.ts";

const from = "2026-03-01T12:00:00.000Z";
const until = "2026-03-01T13:00:00.000Z";
const at = Date.parse("2026-03-01T12:30:00.000Z");

function pause(more: Partial<Pause>): Pause {
  return { id: "p-1", what: "all", from, until, author: "ann", reason: "r", ...more };
}

const anywhere = { region: "iad", service: "worker" };

test.each([
  ["the fleet's covers everything", pause({}), "repair", anywhere, true],
  ["another kind covers nothing", pause({ what: "autoscale" }), "repair", anywhere, false],
  ["its own region", pause({ region: "iad" }), "all", { region: "iad" }, true],
  ["another region", pause({ region: "fra" }), "all", { region: "iad" }, false],
  ["its own service", pause({ service: "worker" }), "autoscale", anywhere, true],
  [
    "a service's never holds a whole region",
    pause({ service: "worker" }),
    "all",
    { region: "iad" },
    false,
  ],
  ["over", pause({ until: "2026-03-01T12:30:00.000Z" }), "all", {}, false],
  ["to come", pause({ from: "2026-03-01T12:30:00.001Z" }), "all", {}, false],
  ["ended", pause({ ended_at: "2026-03-01T12:10:00.000Z" }), "all", {}, false],
] as const)("%s", (_, one, what, scope, covers) => {
  expect(pauseOf([one], what, scope, at) !== undefined).toBe(covers);
});

const decision: Decision = {
  service: "worker",
  region: "iad",
  at: "2026-03-01T11:59:00.000Z",
  count: 5,
  reason: "queue",
  valid_until: "2026-03-01T12:09:00.000Z",
  inputs: null,
  state: null,
};

test("a paused autoscaler's last word holds as long as the pause, and then counts no more", () => {
  const signals = (pauses: readonly Pause[], now: string): unknown =>
    renderSignals({ bursts: [], decisions: [decision], pauses }, new Date(now)).metrics;
  const held = pause({ what: "autoscale" });
  expect(signals([], "2026-03-01T12:30:00Z")).toEqual([]);
  expect(signals([held], "2026-03-01T12:30:00Z")).toMatchObject([{ count: 5, valid_until: until }]);
  expect(signals([held], "2026-03-01T13:00:00Z")).toEqual([]);
  const late = pause({ what: "autoscale", from: "2026-03-01T12:20:00.000Z" });
  expect(signals([late], "2026-03-01T12:30:00Z")).toEqual([]);
});

test("a pause is audited, named, ended once, and refused for what the spec doesn't have", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  const body = { what: "autoscale", service: "worker", for: "5m", reason: "tuning" };
  expect((await desk.call("POST", "/v1/pauses", { body })).status).toBe(201);
  expect((await desk.status()).pauses).toMatchObject([{ id: "p-1", author: "the operator" }]);
  expect((await desk.call("DELETE", "/v1/pauses/p-1")).status).toBe(200);
  expect((await desk.call("DELETE", "/v1/pauses/p-1")).status).toBe(409);
  const wrong = await desk.call("POST", "/v1/pauses", { body: { ...body, service: "wroker" } });
  expect(wrong.body).toMatchObject({ code: "unknown_target" });
  expect((await desk.audit()).map(({ action, result }) => `${action} ${result}`)).toEqual([
    "pause.start done",
    "pause.end done",
    "pause.end refused",
    "pause.start refused",
  ]);
});
