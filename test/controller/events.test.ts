import { expect, test } from "vitest";
import { bearer } from "../../fixtures/bearer.ts";
import { openDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

/** Reads a stream of events until so many have come, then leaves. */
async function readEvents(
  desk: Desk,
  lastId: string | undefined,
  count: number,
): Promise<string[]> {
  const token = await desk.token("viewer");
  const leave = new AbortController();
  const response = await desk.api.app.request("/v1/events", {
    headers: {
      ...bearer(token),
      ...(lastId === undefined ? {} : { "last-event-id": lastId }),
    },
    signal: leave.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("no stream");
  let text = "";
  while ((text.match(/^event: /gm) ?? []).length < count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value as Uint8Array);
  }
  leave.abort();
  await reader.cancel();
  return [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type ?? "");
}

async function burst(desk: Desk): Promise<void> {
  const body = { service: "caddy", region: "iad", to: 3, for: "5m", reason: "rush" };
  expect((await desk.call("POST", "/v1/bursts", { body })).status).toBe(201);
}

test("a client that comes back gets what it missed, in order and once", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  await burst(desk);
  await desk.call("DELETE", "/v1/bursts/b-1");
  await burst(desk);
  expect(await readEvents(desk, "0", 4)).toEqual([
    "commit.seen",
    "burst.started",
    "burst.ended",
    "burst.started",
  ]);
  expect(await readEvents(desk, "2", 2)).toEqual(["burst.ended", "burst.started"]);
});

test("who asks for events that are gone is told to look at the whole", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  expect(await readEvents(desk, "77", 1)).toEqual(["reset"]);
});

test("the stream of a client that left before it began ends by itself", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  const { status } = await desk.call("GET", "/v1/events", { signal: AbortSignal.abort() });
  expect(status).toBe(200);
});

test("metrics are Prometheus' text, with a line per stack and counted requests", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  await burst(desk);
  const { body, headers } = await desk.call("GET", "/metrics");
  expect(headers.get("content-type")).toContain("version=0.0.4");
  expect(body).toContain('flotilla_stack_state{stack="iad",state="waiting"} 1\n');
  expect(body).toContain("flotilla_bursts 1\n");
  expect(body).toContain(
    'flotilla_requests_total{method="post",route="/v1/bursts",status="201"} 1\n',
  );
  for (const line of String(body).trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) flotilla_\w+ .+|flotilla_\w+(\{[^}]*\})? [\d.e+-]+)$/);
});
