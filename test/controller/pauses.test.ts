import { instantOf } from "../../controller/model/shapes.ts";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pauseOf } from "../../controller/fleet/pauses.ts";
import { renderSignals } from "../../controller/fleet/signals.ts";
import type { Pause } from "../../controller/model/pause.ts";
import type { StoredDecision } from "../../controller/store/store.ts";
import { openDesk } from "./desk.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

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

const decision: StoredDecision = {
  service: "worker",
  region: "iad",
  at: "2026-03-01T11:59:00.000Z",
  count: 5,
  reason: "queue",
  valid_until: "2026-03-01T12:09:00.000Z",
  inputs: null,
  state: null,
};

/** What is recommended at a moment: until when, or nothing. */
function validUntil(pauses: readonly Pause[], now: string): string | undefined {
  const facts = { bursts: [], decisions: [decision], pauses };
  return renderSignals(facts, Date.parse(now)).metrics[0]?.valid_until;
}

test("for what stood when a pause began its time doesn't count", () => {
  const held = pause({ what: "autoscale" });
  expect(validUntil([], "2026-03-01T12:30:00Z")).toBeUndefined();
  expect(validUntil([held], "2026-03-01T12:30:00Z")).toBe("2026-03-01T13:09:00.000Z");
  expect(validUntil([held], "2026-03-01T13:08:59Z")).toBe("2026-03-01T13:09:00.000Z");
  expect(validUntil([held], "2026-03-01T13:09:00Z")).toBeUndefined();
  const late = pause({ what: "autoscale", from: "2026-03-01T12:20:00.000Z" });
  expect(validUntil([late], "2026-03-01T12:30:00Z")).toBeUndefined();
});

test("pauses that meet, overlap or follow each other hold it together, each minute once", () => {
  const first = pause({ until: "2026-03-01T12:30:00.000Z" });
  const within = pause({
    what: "autoscale",
    from: "2026-03-01T12:10:00.000Z",
    until: "2026-03-01T12:20:00.000Z",
  });
  const meets = pause({
    service: "worker",
    from: "2026-03-01T12:30:00.000Z",
    until: "2026-03-01T12:40:00.000Z",
  });
  const follows = pause({ region: "iad", from: "2026-03-01T12:45:00.000Z" });
  const all = [follows, meets, within, first];
  // 40 minutes of three pauses, 5 of its own 9, and 15 of the last.
  expect(validUntil(all, "2026-03-01T12:44:00Z")).toBe("2026-03-01T13:04:00.000Z");
  const tooLate = pause({ from: "2026-03-01T12:49:00.000Z" });
  expect(validUntil([meets, first, tooLate], "2026-03-01T12:44:00Z")).toBe(
    "2026-03-01T12:49:00.000Z",
  );
  const elsewhere = [
    pause({ region: "fra" }),
    pause({ service: "caddy" }),
    pause({ what: "repair" }),
  ];
  expect(validUntil(elsewhere, "2026-03-01T12:30:00Z")).toBeUndefined();
});

test("one that is ended before its time holds nothing longer", () => {
  const ended = pause({ ended_at: "2026-03-01T12:05:00.000Z", ended_by: "ann" });
  expect(validUntil([ended], "2026-03-01T12:10:00Z")).toBe("2026-03-01T12:14:00.000Z");
});

test("a controller that starts anew still knows the pauses of before", async () => {
  const storePath = join(scratchFolder(), "store.sqlite");
  const before = await openDesk({ storePath });
  await before.loop.follow(false);
  const now = instantOf(before.clock.now());
  const soon = instantOf(before.clock.now() + 60_000);
  await before.store.commit([
    { put: "decision", decision: { ...decision, at: now, valid_until: soon } },
  ]);
  const body = { what: "autoscale", for: "5m", reason: "tuning" };
  expect((await before.call("POST", "/v1/pauses", { body })).status).toBe(201);
  before.clock.advance(30_000);
  expect((await before.call("DELETE", "/v1/pauses/p-1")).status).toBe(200);
  const after = await openDesk({ storePath, clock: before.clock, folder: before.folder });
  const later = instantOf(before.clock.now() + 60_000);
  expect((await after.loop.signals()).metrics).toMatchObject([{ count: 5, valid_until: later }]);
});

test("what a Location names can be read, also when it has ended", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  const mine = { for: "5m", reason: "tuning" };
  for (const [path, body] of [
    ["/v1/pauses", { what: "repair", ...mine }],
    ["/v1/bursts", { service: "caddy", region: "iad", to: 4, ...mine }],
  ] as const) {
    const made = await desk.call("POST", path, { body });
    expect(made.status).toBe(201);
    const location = made.headers.get("location") ?? "";
    expect(await desk.call("GET", location)).toMatchObject({ status: 200, body: made.body });
    await desk.call("DELETE", location);
    expect(await desk.call("GET", location)).toMatchObject({
      status: 200,
      body: { ended_by: "the operator" },
    });
  }
  expect((await desk.call("GET", "/v1/pauses/p-9")).body).toMatchObject({ code: "not_found" });
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
