import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";

/** Words that mean something somewhere, so that requests get past the first check. */
const words = fc.constantFrom(
  "caddy",
  "worker",
  "nats",
  "iad",
  "fra",
  "global",
  "repair",
  "all",
  "30m",
  "0s",
  "reason",
  "2026-03-01T13:00:00Z",
  "2020-01-01T00:00:00Z",
  "",
  "kind: Service\nname: caddy\n",
  "a: [",
  "\u0000",
  "%",
);
const value = fc.oneof(
  words,
  fc.integer({ min: -2, max: 9 }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.double(),
);
const keys = fc.constantFrom(
  "service",
  "region",
  "to",
  "for",
  "until",
  "reason",
  "what",
  "text",
  "files",
  "commit",
  "allow_older",
  "more",
  "path",
);
const body = fc.oneof(
  fc.dictionary(keys, value, { maxKeys: 7 }),
  fc.record({ service: words, region: words, to: value, for: words, reason: words }),
  fc.record({ what: words, for: words, reason: words, service: words, region: words }),
  fc.record({ text: fc.oneof(words, fc.string()), reason: words }),
  fc.record({
    files: fc.array(fc.record({ path: words, text: words }), { maxLength: 2 }),
    reason: words,
  }),
  fc.jsonValue(),
);
const headers = fc.record(
  {
    "if-match": fc.constantFrom("*", '"x"', "", "a,b"),
    "if-none-match": fc.constantFrom("*", "x"),
    "idempotency-key": fc.constantFrom("k1", "k2", "k 3", "ü".repeat(3).normalize("NFD")[0] ?? "u"),
    "last-event-id": fc.constantFrom("0", "-1", "x", "99999999999999999999"),
  },
  { requiredKeys: [] },
);
const query = fc.constantFrom(
  "",
  "?dry_run=true",
  "?dry_run=maybe",
  "?limit=0",
  "?limit=5&after=2",
  "?x=1",
  "?limit=a",
);

test("no request whatever ends in an error of ours, and every refusal is a problem", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  const token = await desk.token("admin");
  const { routes } = desk.api;
  const parameter = fc
    .oneof(words, fc.string({ maxLength: 8 }))
    .map((text) => encodeURIComponent(text) || "-");
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      parameter,
      query,
      headers,
      body,
      async (route, name, search, given, sent) => {
        const path = route.path.replaceAll(/\{\w+\}/g, () => name);
        const end = new AbortController();
        const timer = setTimeout(() => end.abort(), 100);
        const answer = await desk.call(route.method.toUpperCase(), `${path}${search}`, {
          token,
          headers: given,
          signal: end.signal,
          ...(route.method === "get" ? {} : { body: sent }),
        });
        clearTimeout(timer);
        desk.clock.advance(20);
        const isProblem = answer.headers.get("content-type") === "application/problem+json";
        expect(answer.status).toBeLessThan(500);
        expect(isProblem).toBe(answer.status >= 400);
      },
    ),
    { numRuns: 600, seed: 1 },
  );
});
