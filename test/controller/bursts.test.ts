import { expect, test } from "vitest";
import { burstListSchema, burstSchema } from "../../controller/model/burst.ts";
import type { Burst } from "../../controller/model/burst.ts";
import { problemSchema } from "../../controller/model/problem.ts";
import { signalsSchema } from "../../controller/model/signals.ts";
import type { Signals } from "../../controller/model/signals.ts";
import { openDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

async function ready(): Promise<Desk> {
  const desk = await openDesk();
  await desk.loop.follow(false);
  return desk;
}

async function signals(desk: Desk): Promise<Signals["bursts"]> {
  return (await desk.call("GET", "/v1/signals")).as(signalsSchema).bursts;
}

async function open(desk: Desk): Promise<readonly Burst[]> {
  return (await desk.call("GET", "/v1/bursts")).as(burstListSchema).bursts;
}

const wanted = { service: "caddy", region: "iad", to: 4, for: "30m", reason: "launch" };

test("a burst is stored with its author and end, audited, and in the signals", async () => {
  const desk = await ready();
  const { status, body } = await desk.call("POST", "/v1/bursts", { body: wanted });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: "b-1",
    service: "caddy",
    region: "iad",
    to: 4,
    from: "2026-03-01T12:00:00.000Z",
    until: "2026-03-01T12:30:00.000Z",
    author: "the operator",
    reason: "launch",
  });
  expect(await signals(desk)).toEqual([body]);
  expect(await desk.audit()).toMatchObject([
    { actor: "the operator", action: "burst.start", target: "b-1", result: "done", after: body },
  ]);
});

test("the answer says which bound a burst doesn't fit into, and nothing is stored", async () => {
  const desk = await ready();
  const { status, body, headers } = await desk.call("POST", "/v1/bursts", {
    body: { ...wanted, to: 5 },
  });
  expect(status).toBe(422);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(body).toMatchObject({ code: "out_of_bounds", bound: { name: "max", value: 4 } });
  expect(await open(desk)).toEqual([]);
  expect(await desk.audit()).toMatchObject([{ action: "burst.start", result: "refused" }]);
});

test.each([
  [{ ...wanted, service: "nats" }, 422, "not_scalable", "scalable: true"],
  [{ ...wanted, service: "cady" }, 422, "unknown_target", "caddy, nats, pocketbase, worker"],
  [{ ...wanted, region: "ams" }, 422, "unknown_target", "fra, iad"],
  [{ ...wanted, for: undefined }, 400, "invalid_request", "either `for`"],
  [{ ...wanted, for: "soon" }, 400, "invalid_request", "1h30m"],
  [{ ...wanted, for: undefined, until: "2026-03-01T11:00:00Z" }, 400, "invalid_request", "`until`"],
  [{ ...wanted, to: -1 }, 400, "invalid_request", "body.to"],
  [{ ...wanted, more: 1 }, 400, "invalid_request", "more"],
])("refuses %j with what to do", async (body, status, code, text) => {
  const desk = await ready();
  const answer = await desk.call("POST", "/v1/bursts", { body });
  expect(answer.status).toBe(status);
  const problem = answer.as(problemSchema);
  expect(problem.code).toBe(code);
  expect(problem.detail).toContain(text);
});

test("of overlapping bursts the larger wins until it ends, then the other", async () => {
  const desk = await ready();
  const effective = async (): Promise<number | undefined> => {
    const { services } = await desk.status();
    const caddy = services.find(({ name }) => name === "caddy");
    return caddy?.regions.find(({ region }) => region === "iad")?.effective;
  };
  await desk.call("POST", "/v1/bursts", { body: { ...wanted, to: 3, for: "1h" } });
  await desk.call("POST", "/v1/bursts", { body: { ...wanted, to: 4, for: "10m" } });
  expect(await effective()).toBe(4);
  desk.clock.advance(10 * 60_000);
  expect(await effective()).toBe(3);
  desk.clock.advance(50 * 60_000);
  expect(await effective()).toBe(2);
});

test("ending a burst ends it, and a second time is a conflict", async () => {
  const desk = await ready();
  await desk.call("POST", "/v1/bursts", { body: wanted });
  const { status, body } = await desk.call("DELETE", "/v1/bursts/b-1");
  expect(status).toBe(200);
  expect(body).toMatchObject({ ended_by: "the operator" });
  expect(await signals(desk)).toEqual([]);
  expect((await desk.call("DELETE", "/v1/bursts/b-1")).status).toBe(409);
  expect((await desk.call("DELETE", "/v1/bursts/b-9")).status).toBe(404);
});

test("a repeat with the same key is answered the same and does nothing", async () => {
  const desk = await ready();
  const headers = { "idempotency-key": "k1" };
  const first = await desk.call("POST", "/v1/bursts", { body: wanted, headers });
  const second = await desk.call("POST", "/v1/bursts", { body: wanted, headers });
  expect(second.body).toEqual(first.body);
  expect(second.headers.get("idempotency-replayed")).toBe("true");
  expect(await open(desk)).toHaveLength(1);
  const other = await desk.call("POST", "/v1/bursts", { body: { ...wanted, to: 3 }, headers });
  expect(other.body).toMatchObject({ code: "key_reused" });
  const admin = await desk.token("admin");
  const another = await desk.call("POST", "/v1/bursts", { body: wanted, headers, token: admin });
  expect(another.as(burstSchema).id).not.toBe(first.as(burstSchema).id);
});
