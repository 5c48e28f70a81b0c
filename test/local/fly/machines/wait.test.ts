import { describe, test } from "vitest";
import { createTestApi, type Answer, type TestApi } from "../api.ts";

const machines = "/v1/apps/acme/machines";

/** Starts a wait, moves the clock, and returns the answer. */
async function wait(api: TestApi, id: string, query: string, advanceMs: number): Promise<Answer> {
  const answer = api.call("GET", `${machines}/${id}/wait?${query}`);
  await api.clock.advance(advanceMs);
  return answer;
}

describe("wait", () => {
  test("answers when the state is reached, started by default", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const body = { name: "iad-0", region: "iad", config: { image: "x" } };
    const made = await api.call("POST", machines, body);
    const answer = await wait(api, made.str("id"), "", 200);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        ok: true,
        state: "started",
        version: made.at("instance_id"),
        event_id: expect.stringMatching(/./) as string,
      },
    ]);
  });

  test("ends with 408 after its timeout", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    const early = api.call("GET", `${machines}/${id}/wait?state=stopped&timeout=2`);
    let over = false;
    void early.then(() => (over = true));
    await api.clock.advance(1_999);
    expect(over).toBe(false);
    await api.clock.advance(1);
    expect((await early).status).toBe(408);
  });

  test("takes several states, and settled for any that lasts", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    await api.call("POST", `${machines}/${id}/stop`);
    const several = await wait(api, id, "state=destroyed,stopped&state=failed", 100);
    expect(several.at("state")).toBe("stopped");
    await api.call("POST", `${machines}/${id}/start`);
    expect((await wait(api, id, "state=settled", 200)).at("state")).toBe("started");
  });

  test("for a version isn't satisfied by another one", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    const made = await api.call("POST", `${machines}/${id}`, { config: { image: "x:2" } });
    const other = await wait(api, id, "version=01J00000000000000000000000&timeout=1", 1_000);
    expect(other.status).toBe(408);
    for (const name of ["version", "instance_id"]) {
      expect((await wait(api, id, `${name}=${made.str("instance_id")}`, 0)).status).toBe(200);
    }
  });

  test("gives up at once when the state can't come any more", async ({ expect }) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine({ config: { image: "unstartable" } });
    const answer = await wait(api, id, "state=started", 0);
    expect(answer.status).toBe(400);
    expect(answer.at("error")).toContain("machine failed to reach desired state");
    await api.call("DELETE", `${machines}/${id}`);
    expect((await wait(api, id, "state=destroyed", 100)).at("state")).toBe("destroyed");
  });

  test.for(["timeout=0", "timeout=61", "timeout=x", "state=happy"])(
    "refuses %s",
    async (query, { expect }) => {
      const api = createTestApi();
      await api.makeApp();
      const answer = await wait(api, await api.makeMachine(), query, 0);
      expect(answer.status).toBe(400);
      expect(answer.at("error")).toContain("invalid_argument");
    },
  );
});
