/** `flotilla local up` with its controller, which keeps the specs applied. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { bearer } from "../../fixtures/bearer.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";
import type { Ran } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;
let firstUp: Ran;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  firstUp = await sandbox.flotilla("local", "up", "--detach", "--simulated", "--port-base=0");
  await sandbox.loadEnv();
});
afterAll(async () => sandbox.close());

it("starts and prints how to scale", () => {
  expect(firstUp.exitCode, firstUp.output).toBe(0);
  expect(firstUp.output).toContain("flotilla scale burst");
});

it("creates a killed host again by itself", async () => {
  const killed = await sandbox.flotilla("local", "kill", "iad-1");
  expect(killed.exitCode, killed.output).toBe(0);
  await until("the host", async () => (await sandbox.machines()).includes("iad-1"), 180_000);
});

it("applies an edit of the spec folder, and takes a change through the command as well", async () => {
  await sandbox.editSpec(
    "services/caddy.yaml",
    "fra: { replicas: 1 }",
    "fra: { replicas: 2, max: 2 }",
  );
  await until("fra-1", async () => (await sandbox.machines()).includes("fra-1"), 180_000);
  const shown = await sandbox.flotilla("scale", "show", "--json");
  expect(JSON.parse(shown.stdout)).toMatchObject([
    { name: "caddy", desired: "2 in fra, 2 in iad; bursts up to 4 in iad" },
    {},
    {},
    {},
  ]);
  const refused = await sandbox.flotilla(
    "scale",
    "burst",
    "nats",
    "--region=iad",
    "--to=3",
    "--for=5m",
  );
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("scalable: true");
});

it("stops with the cloud, and refuses a token of another local cloud", async () => {
  const url = sandbox.env["FLOTILLA_CONTROLLER"] ?? "";
  const status = async (token: string): Promise<number> =>
    (await fetch(`${url}/v1/status`, { headers: bearer(token) })).status;
  expect(await status(sandbox.env["FLOTILLA_SIGNALS_TOKEN"] ?? "")).toBe(200);
  expect(await status("flotilla-admin-x")).toBe(401);
  expect((await sandbox.flotilla("local", "down")).exitCode).toBe(0);
  await expect(status("flotilla-admin-x")).rejects.toThrow("fetch failed");
});
