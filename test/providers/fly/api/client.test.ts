/** The HTTP client, against a server whose handler each test writes. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { appPath, createFly } from "../../../../providers/fly/api/client.ts";
import type { Fly } from "../../../../providers/fly/api/client.ts";
import { renderAuthorization } from "../../../../providers/fly/api/token.ts";

const token = "fm2_verysecrettoken";
const thingWire = z.looseObject({ id: z.string() });

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** The n-th request (from 1) is the handler's third argument. The URL counts as real: its host has a name. */
async function serve(handler: Handler): Promise<{ fly: Fly; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    request.on("end", () => handler(request, response, seen.length));
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const env = { FLY_FLAPS_BASE_URL: `http://localhost:${port}/`, FLY_API_TOKEN: `FlyV1 ${token}` };
  return { fly: createFly({ env, retryDelayMs: 1 }), seen };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(JSON.stringify(body));
}

const get = {
  what: "read it",
  method: "GET",
  path: appPath("acme", "machines", "m1"),
  response: thingWire,
} as const;
const post = {
  what: "make it",
  method: "POST",
  path: appPath("acme", "machines"),
  response: thingWire,
} as const;

test.each([
  ["opaque", "Bearer opaque"],
  ["Bearer opaque", "Bearer opaque"],
  ["fm2_a", "FlyV1 fm2_a"],
  ["FlyV1 fm2_a,fm2_b", "FlyV1 fm2_a,fm2_b"],
  ["Bearer FlyV1 fm1r_a", "FlyV1 fm1r_a"],
  [" opaque,fm1a_b\n", "FlyV1 opaque,fm1a_b"],
])("token %j goes out as %j", (given, header) => {
  expect(renderAuthorization(given)).toBe(header);
});

test("calls carry the token and lie under /v1, whatever the base URL ends with", async () => {
  const { fly, seen } = await serve((_request, response) => send(response, 200, { id: "m1" }));
  expect(await fly.call(get)).toEqual({ id: "m1" });
  expect(seen[0]).toMatchObject({
    url: "/v1/apps/acme/machines/m1",
    headers: { authorization: `FlyV1 ${token}` },
  });
});

test("a path's segments are encoded", () => {
  expect(appPath("acme", "ip_assignments", "2a09::1", "a/../b")).toBe(
    "apps/acme/ip_assignments/2a09%3A%3A1/a%2F..%2Fb",
  );
});

test.each([408, 500, 502, 503, 504])(
  "a read is repeated after %i, a create is not",
  async (status) => {
    const { fly, seen } = await serve((_request, response, nth) =>
      nth === 1 ? send(response, status, {}) : send(response, 200, { id: "m1" }),
    );
    expect(await fly.call(get)).toEqual({ id: "m1" });
    expect(seen).toHaveLength(2);
    const other = await serve((_request, response) => send(response, status, { error: "no" }));
    await expect(other.fly.call(post)).rejects.toMatchObject({ status, retryable: true });
    expect(other.seen).toHaveLength(1);
  },
);

test("after a lost connection a read is repeated, and a create fails as ambiguous", async () => {
  const { fly, seen } = await serve((_request, response, nth) =>
    nth === 1 ? response.destroy() : send(response, 200, { id: "m1" }),
  );
  expect(await fly.call(get)).toEqual({ id: "m1" });
  expect(seen).toHaveLength(2);
  const other = await serve((_request, response) => response.destroy());
  await expect(other.fly.call(post)).rejects.toMatchObject({
    status: 0,
    code: "network",
    retryable: true,
  });
  expect(other.seen).toHaveLength(1);
});

test("a truncated response counts as a lost one", async () => {
  const { fly } = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "1000" }).write('{"id":');
    setImmediate(() => response.destroy());
  });
  await expect(fly.call(post)).rejects.toMatchObject({ status: 0, code: "network" });
});

test("429 is repeated for a create too, after the time Fly names", async () => {
  const times: number[] = [];
  const { fly } = await serve((_request, response, nth) => {
    times.push(performance.now());
    return nth === 1
      ? send(response, 429, { error: "slow down" }, { "retry-after": "1" })
      : send(response, 200, { id: "m1" });
  });
  expect(await fly.call(post)).toEqual({ id: "m1" });
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950);
});

test("a status the caller expects is never repeated", async () => {
  const { fly, seen } = await serve((_request, response) =>
    send(response, 408, { error: "timeout" }),
  );
  await expect(fly.call({ ...get, expected: [408] })).rejects.toMatchObject({ status: 408 });
  expect(seen).toHaveLength(1);
});

test("an error says what failed, what Fly said, where, and what to do; never the token", async () => {
  const { fly } = await serve((request, response) =>
    send(
      response,
      409,
      {
        error: `aborted: no capacity for ${request.headers.authorization ?? ""}`,
        status: "insufficient_capacity",
      },
      { "fly-request-id": "01J-iad" },
    ),
  );
  const error: unknown = await fly
    .call({ ...post, host: "iad-0", region: "iad" })
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    status: 409,
    code: "insufficient_capacity",
    requestId: "01J-iad",
    retryable: false,
    host: "iad-0",
    region: "iad",
    message:
      "Can't make it: aborted: no capacity for [redacted] (HTTP 409, insufficient_capacity, Machine iad-0, region iad, " +
      "Fly request 01J-iad). Fly has no room in iad now: try again later, choose a smaller machine or another region.",
  });
  expect(inspect(error, { depth: 10 })).not.toContain("Authorization");
});

test.each([
  [401, { error: "Authenticate: token validation error" }, /FLY_API_TOKEN is not accepted/],
  [403, { error: "organization is over the allowed quota" }, /quota.*is used up/],
  [403, { error: "no" }, /token of the organization that owns the app/],
  [404, "404 page not found", /404 page not found/],
  [
    412,
    { error: "insufficient resources", status: "volume_placement_capacity" },
    /no room|is full/,
  ],
  [422, { message: "bad name" }, /bad name.*Correct that/],
])("%i %j is explained", async (status, body, pattern) => {
  const { fly } = await serve((_request, response) => send(response, status, body));
  await expect(fly.call(post)).rejects.toThrow(pattern);
});

test("a response of an unexpected shape is an error", async () => {
  const { fly } = await serve((_request, response) => send(response, 200, "<html>"));
  await expect(fly.call(get)).rejects.toMatchObject({
    code: "unexpected_answer",
    message: expect.stringContaining("Check that FLY_FLAPS_BASE_URL is a Fly Machines API"),
  });
});

test("writes to an app are counted, reads and other apps are not", async () => {
  const { fly } = await serve((_request, response) => send(response, 200, { id: "m1" }));
  await fly.call(get);
  expect(fly.writes("acme")).toBe(0);
  await fly.call(post);
  expect([fly.writes("acme"), fly.writes("other")]).toEqual([1, 0]);
});
