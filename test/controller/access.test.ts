import { instantOf } from "../../controller/model/shapes.ts";
import { expect, test } from "vitest";
import { bearer } from "../../fixtures/bearer.ts";
import { allows } from "../../controller/model/token.ts";
import type { Route } from "../../controller/api/route.ts";
import { ROLES } from "../../controller/model/token.ts";
import type { Role } from "../../controller/model/token.ts";
import { openDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

/** A body that each write takes, so that a refusal can only be about who asks. */
const bodies: Readonly<Record<string, unknown>> = {
  "post /v1/bursts": { service: "caddy", region: "iad", to: 3, for: "5m", reason: "walk" },
  "post /v1/pauses": { what: "repair", for: "5m", reason: "walk" },
  "post /v1/reconcile": { reason: "walk" },
  "put /v1/spec/services/{name}": { text: "kind: Service\nname: caddy\n", reason: "walk" },
  "put /v1/spec": { files: [], reason: "walk" },
};

async function walk(
  desk: Desk,
  token: string,
): Promise<{ readonly route: Route; readonly status: number; readonly code: unknown }[]> {
  const answers = [];
  for (const route of desk.api.routes) {
    const path = route.path.replace("{id}", "b-0").replace("{name}", "caddy");
    const body = bodies[`${route.method} ${route.path}`];
    const answer = await desk.call(route.method.toUpperCase(), path, {
      // Events never end by themselves.
      signal: AbortSignal.timeout(200),
      token,
      headers: { "if-match": "*" },
      ...(body === undefined ? {} : { body }),
    });
    const code = (answer.body as { code?: unknown } | null)?.code;
    answers.push({ route, status: answer.status, code });
    desk.clock.advance(1_000); // strangers are slowed down; that is another test's
  }
  return answers;
}

/** Everything a request could have changed. */
async function state(desk: Desk): Promise<unknown> {
  return {
    bursts: await desk.store.openBursts(),
    pauses: await desk.store.openPauses(),
    tokens: await desk.store.tokens(),
    spec: await desk.specs.newest(),
    audit: await desk.store.audit({ after: 0, limit: 1_000 }),
  };
}

async function ready(): Promise<Desk> {
  const desk = await openDesk();
  await desk.loop.follow(false);
  return desk;
}

/** Addresses that don't refuse whoever asks as a stranger. */
async function openTo(desk: Desk, token: string): Promise<string[]> {
  const answers = await walk(desk, token);
  return answers
    .filter(({ status, code }) => status !== 401 || code !== "unauthenticated")
    .map(({ route }) => route.path);
}

test.each([
  ["no token", "none"],
  ["a forged token", `flotilla-admin-${"x".repeat(43)}`],
])("the whole API with %s: nothing but /healthz answers, and nothing changes", async (_, token) => {
  const desk = await ready();
  const before = await state(desk);
  expect(await openTo(desk, token)).toEqual(["/healthz"]);
  expect(await state(desk)).toEqual(before);
});

test("the whole API with a revoked token: the same", async () => {
  const desk = await ready();
  const secret = await desk.token("admin");
  const [token] = await desk.store.tokens();
  if (token === undefined) throw new Error("no token");
  await desk.store.commit([
    { put: "token", token: { ...token, revoked_at: instantOf(desk.clock.now()) } },
  ]);
  const before = await state(desk);
  expect(await openTo(desk, secret)).toEqual(["/healthz"]);
  expect(await state(desk)).toEqual(before);
});

test.each(ROLES)(
  "the whole API as %s: what the role allows, and each change in the audit log",
  async (role: Role) => {
    const desk = await ready();
    const token = await desk.token(role);
    const answers = await walk(desk, token);
    for (const { route, status } of answers) {
      const isAllowed = route.role === "open" || allows(role, route.role);
      expect({ path: route.path, forbidden: status === 403 }).toEqual({
        path: route.path,
        forbidden: !isAllowed,
      });
      expect(status).not.toBe(401);
      expect(status).toBeLessThan(500);
    }
    const audit = await desk.store.audit({ after: 0, limit: 1_000 });
    for (const { route, status } of answers.filter((each) => each.route.method !== "get")) {
      if (route.method === "get") continue;
      const entry = audit.findLast(({ action }) => action === route.action);
      expect(entry?.actor).toBe(`the ${role}`);
      expect(entry?.result).toBe(status < 300 ? "done" : "refused");
    }
  },
);

test("who asks too often waits, each for himself", async () => {
  const desk = await ready();
  const ask = async (token: string): Promise<number> =>
    (await desk.call("GET", "/v1/bursts", { token })).status;
  const viewer = await desk.token("viewer");
  const statuses = [];
  for (let i = 0; i < 201; i += 1) statuses.push(await ask(viewer));
  expect(statuses.filter((status) => status === 200)).toHaveLength(200);
  expect(statuses.at(-1)).toBe(429);
  expect(await ask(await desk.token("admin"))).toBe(200);
  desk.clock.advance(1_000);
  expect(await ask(viewer)).toBe(200);
});

test("wrong tokens from one address are slowed down", async () => {
  const desk = await ready();
  let last = 0;
  for (let i = 0; i < 21; i += 1)
    last = (await desk.call("GET", "/v1/bursts", { token: "x" })).status;
  expect(last).toBe(429);
});

test("an address with another method says which it takes", async () => {
  const desk = await ready();
  const answer = await desk.call("DELETE", "/v1/bursts");
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, POST");
  expect((await desk.call("GET", "/nothing")).status).toBe(404);
});

test("a body that is too large, no JSON, or of another type is refused", async () => {
  const desk = await ready();
  const token = await desk.token("operator");
  const send = async (body: string, type: string): Promise<number> => {
    const headers = { ...bearer(token), "content-type": type };
    const response = await desk.api.app.request("/v1/bursts", { method: "POST", headers, body });
    return response.status;
  };
  expect(await send("{", "application/json")).toBe(400);
  expect(await send("{}", "text/plain")).toBe(400);
  expect(await send("x".repeat(9 * 1024 * 1024), "application/json")).toBe(413);
});
