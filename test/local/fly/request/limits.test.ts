import { describe, test } from "vitest";
import { createTestApi, type TestApi } from "../api.ts";

async function statuses(
  api: TestApi,
  count: number,
  method: string,
  path: string,
  body?: object,
): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i += 1) seen.push((await api.call(method, path, body)).status);
  return seen;
}

describe("rate limits", () => {
  test("allow a burst of 3 and then one a second, per action and id", async ({ expect }) => {
    const api = createTestApi({ limits: true });
    await api.makeApp();
    const id = await api.makeMachine();
    const other = await api.makeMachine({ name: "iad-1" });
    await api.clock.advance(10_000);
    const stop = `/v1/apps/acme/machines/${id}/stop`;
    expect(await statuses(api, 4, "POST", stop)).toEqual([200, 200, 200, 429]);
    const limited = await api.call("POST", stop);
    expect(limited.headers.get("retry-after")).toBe("1");
    expect(await statuses(api, 1, "POST", `/v1/apps/acme/machines/${other}/stop`)).toEqual([200]);
    expect(await statuses(api, 1, "POST", `/v1/apps/acme/machines/${id}/start`)).toEqual([200]);
    await api.clock.advance(1_000);
    expect(await statuses(api, 2, "POST", stop)).toEqual([200, 429]);
  });

  test("let a Machine be read 5 times a second with a burst of 10", async ({ expect }) => {
    const api = createTestApi({ limits: true });
    await api.makeApp();
    const path = `/v1/apps/acme/machines/${await api.makeMachine()}`;
    expect((await statuses(api, 11, "GET", path)).at(-1)).toBe(429);
    await api.clock.advance(1_000);
    expect(await statuses(api, 6, "GET", path)).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test("count creates by their app", async ({ expect }) => {
    const api = createTestApi({ limits: true });
    await api.makeApp();
    const body = { config: { image: "x" }, region: "iad" };
    expect(await statuses(api, 4, "POST", "/v1/apps/acme/machines", body)).toEqual([
      200, 200, 200, 429,
    ]);
  });

  test("can be switched off", async ({ expect }) => {
    const api = createTestApi({ limits: false });
    await api.makeApp();
    const seen = await statuses(api, 20, "GET", "/v1/apps/acme/machines");
    expect(new Set(seen)).toEqual(new Set([200]));
  });
});
