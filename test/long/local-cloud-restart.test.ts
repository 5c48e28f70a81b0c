/** The local cloud killed with -9: started again, it has the same Machines and their data. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "../../fixtures/sandbox.ts";
import { until } from "../../fixtures/until.ts";
import { throughEdge } from "../kit/edge-request.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.up("process");
});
afterAll(async () => sandbox.close());

async function results(): Promise<string> {
  const { status, body } = await throughEdge(await sandbox.info(), {
    hostname: "app-iad.example.com",
    path: "/api/collections/results/records?perPage=200",
    from: "iad",
  });
  expect(status, body).toBe(200);
  return body;
}

it("has the same Machines and data after the local cloud is killed with -9 and started again", async () => {
  const published = await sandbox.flotilla("local", "publish", "iad", "hello from iad");
  expect(published.exitCode, published.output).toBe(0);
  await until("the job's record", async () => (await results()).includes("hello from iad"), 60_000);
  const ids = (await sandbox.status()).machines.map(({ id }) => id).toSorted();
  const { pid } = await sandbox.info();
  process.kill(pid, "SIGKILL");
  await until("the end of the local cloud", async () => !isAlive(pid), 60_000);
  await sandbox.up("process");
  expect((await sandbox.status()).machines.map(({ id }) => id).toSorted()).toEqual(ids);
  expect(await results()).toContain("hello from iad");
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
