import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createToken } from "../../controller/access/tokens.ts";
import type { Deviation } from "../../controller/model/status.ts";
import { openDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

/** Starts a burst of caddy in iad as somebody whose token has that name. */
async function burst(desk: Desk, author: string, to: number, time: string): Promise<void> {
  const { secret, token } = createToken(author, "operator", desk.clock.now());
  await desk.store.commit([{ put: "token", token }]);
  const body = { service: "caddy", region: "iad", to, for: time, reason: "launch: the big one" };
  const { status } = await desk.call("POST", "/v1/bursts", { body, token: secret });
  expect(status).toBe(201);
}

async function deviations(desk: Desk): Promise<readonly Deviation[]> {
  const { services } = await desk.status();
  const caddy = services.find(({ name }) => name === "caddy");
  return caddy?.regions.find(({ region }) => region === "iad")?.deviations ?? [];
}

async function ready(): Promise<Desk> {
  const desk = await openDesk();
  await desk.loop.follow(false);
  return desk;
}

test("a deviation carries the burst's author and reason as they were given", async () => {
  const desk = await ready();
  await burst(desk, "ci: nightly", 4, "30m");
  expect(await deviations(desk)).toMatchObject([
    { cause: "burst", author: "ci: nightly", reason: "launch: the big one" },
  ]);
});

test("a burst that the bounds limit keeps its author", async () => {
  const desk = await ready();
  await burst(desk, "ci: nightly", 4, "30m");
  const file = join(desk.folder, "services/caddy.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("max: 4", "max: 3"));
  await desk.loop.follow(false);
  expect(await deviations(desk)).toMatchObject([
    {
      cause: "bounds",
      author: "ci: nightly",
      reason: "launch: the big one",
      limited: { signal: "burst", asked: 4, bound: { name: "max", value: 3 } },
    },
  ]);
});

test("a deviation says what follows when its burst ends before another one", async () => {
  const desk = await ready();
  await burst(desk, "ann", 3, "1h");
  await burst(desk, "bob", 4, "10m");
  expect(await deviations(desk)).toMatchObject([
    { author: "bob", until: "2026-03-01T12:10:00.000Z", then: { count: 3, cause: "burst" } },
  ]);
  desk.clock.advance(10 * 60_000);
  expect(await deviations(desk)).toMatchObject([
    { author: "ann", until: "2026-03-01T13:00:00.000Z", then: { count: 2, cause: "spec" } },
  ]);
});

test("a deviation's key is the same for another sentence", async () => {
  const desk = await ready();
  await burst(desk, "ann", 3, "1h");
  const [first] = await deviations(desk);
  await burst(desk, "bob", 4, "10m");
  const [second] = await deviations(desk);
  expect(first?.key).toBe("caddy/iad/count");
  expect(second?.text).not.toBe(first?.text);
  expect(second?.key).toBe(first?.key);
});
