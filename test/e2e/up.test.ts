/** The sample fleet on process Machines: everything that a visitor and an operator can see. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { throughEdge, fingerprintOf, type Answer } from "../kit/edge-request.ts";
import { processesOf, runningProcesses } from "../../fixtures/processes.ts";
import { until } from "../../fixtures/until.ts";
import { Sandbox, type Ran } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;
let firstUp: Ran;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  firstUp = await sandbox.up("process");
});
afterAll(async () => sandbox.close());

async function ask(
  hostname: string,
  path: string,
  from: string,
  extra: { method?: string; body?: object; token?: string } = {},
): Promise<Answer> {
  return throughEdge(await sandbox.info(), { hostname, path, from, ...extra });
}

async function host(name: string): Promise<{ id: string; address: string; app: string }> {
  const machine = (await sandbox.status()).machines.find((candidate) => candidate.name === name);
  if (!machine?.address) throw new Error(`no host ${name}`);
  return { id: machine.id, address: machine.address, app: machine.app };
}

/** Requests that the Caddy of a host has served on its TLS port. */
async function served(name: string): Promise<number> {
  const { address } = await host(name);
  const text = await (await fetch(`http://${address}:9180/metrics`)).text();
  return [...text.matchAll(/^caddy_http_requests_total\{[^}]*server="edge"[^}]*\} (\S+)$/gm)]
    .map(([, count]) => Number(count))
    .reduce((sum, count) => sum + count, 0);
}

async function secrets(): Promise<Record<string, string>> {
  const { secrets: list } = await sandbox.control<{ secrets: { name: string; value: string }[] }>(
    "GET",
    "/v1/apps/acme/secrets?show_secrets=true",
  );
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

interface RecordList {
  readonly items: readonly { readonly text: string; readonly region: string }[];
}

async function results(region: string, from = "iad"): Promise<string[]> {
  const answer = await ask(
    `app-${region}.example.com`,
    "/api/collections/results/records?perPage=200",
    from,
  );
  expect(answer.status, answer.body).toBe(200);
  return (JSON.parse(answer.body) as RecordList).items.map(({ text }) => text);
}

it("runs two hosts in iad and one in fra", async () => {
  expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  expect(firstUp.output).toContain("target: local cloud");
});

it("answers HTTPS with the real hostname from the nearest region's Caddy", async () => {
  const count = async (): Promise<{ iad: number; fra: number }> => ({
    iad: (await served("iad-0")) + (await served("iad-1")),
    fra: await served("fra-0"),
  });
  const before = await count();
  expect((await ask("app.example.com", "/", "iad")).status).toBe(200);
  const afterIad = await count();
  expect(afterIad).toEqual({ iad: before.iad + 1, fra: before.fra });
  expect((await ask("app.example.com", "/", "fra")).status).toBe(200);
  expect(await count()).toEqual({ iad: afterIad.iad, fra: afterIad.fra + 1 });
});

it("reaches fra's PocketBase through the iad edge, and iad has nothing of its data", async () => {
  expect((await ask("app-fra.example.com", "/api/health", "iad")).status).toBe(200);
  const { POCKETBASE_WORKER_PASSWORD: password } = await secrets();
  const login = await ask(
    "app-fra.example.com",
    "/api/collections/workers/auth-with-password",
    "iad",
    { method: "POST", body: { identity: "worker@flotilla.local", password } },
  );
  expect(login.status, login.body).toBe(200);
  const { token } = JSON.parse(login.body) as { token: string };
  const created = await ask("app-fra.example.com", "/api/collections/results/records", "iad", {
    method: "POST",
    token,
    body: {
      job: "by-hand",
      text: "written in fra",
      region: "fra",
      host: "fra-0",
      slot: "worker-0",
      worked_at: new Date().toISOString(),
    },
  });
  expect(created.status, created.body).toBe(200);
  expect(await results("fra")).toContain("written in fra");
  expect(await results("iad", "fra")).not.toContain("written in fra");
});

it("keeps PocketBase off the bare hostname, where the network would choose the database", async () => {
  expect((await ask("app.example.com", "/api/health", "iad")).status).toBe(404);
});

it("presents the same certificate on every host", async () => {
  const { caFile } = await sandbox.info();
  const fingerprints = await Promise.all(
    ["iad-0", "iad-1", "fra-0"].map(async (name) =>
      fingerprintOf((await host(name)).address, "app.example.com", caFile),
    ),
  );
  expect(new Set(fingerprints).size).toBe(1);
  expect((await ask("app.example.com", "/", "iad")).fingerprint).toBe(fingerprints[0]);
});

it("works on a published job and leaves a record, in its region only", async () => {
  const published = await sandbox.flotilla("local", "publish", "iad", "hello from iad");
  expect(published.exitCode, published.output).toBe(0);
  await until(
    "the job's record",
    async () => (await results("iad")).includes("hello from iad"),
    60_000,
  );
  expect(await results("fra")).not.toContain("hello from iad");
});

it("Process Compose restarts a Caddy killed with -9", async () => {
  const { id, address } = await host("iad-0");
  const [caddy] = processesOf(id, "caddy");
  if (!caddy) throw new Error("no Caddy runs on iad-0");
  process.kill(caddy.pid, "SIGKILL");
  const status = await until(
    "another Caddy that answers",
    async () => {
      const pids = processesOf(id, "caddy").map(({ pid }) => pid);
      if (pids.length === 0 || pids.includes(caddy.pid)) return undefined;
      return fetch(`http://${address}:8080/healthz`).then(
        (answer) => answer.status,
        () => undefined,
      );
    },
    60_000,
  );
  expect(status).toBe(200);
});

it("keeps tokens and private keys out of state, logs, output and argument lists", async () => {
  const { tokens } = await sandbox.info();
  const values = await secrets();
  const key = Buffer.from(values["ORIGIN_KEY"] ?? "", "base64").toString();
  expect(key).toContain("PRIVATE KEY");
  const precious = Object.entries({
    ...Object.fromEntries(
      Object.entries(values).filter(([name]) => !/_PUBLIC$|^ORIGIN_/.test(name)),
    ),
    ORIGIN_KEY: values["ORIGIN_KEY"] ?? "",
    "private key": key.split("\n")[1] ?? "",
    "Fly token": tokens.fly,
    "Cloudflare token": tokens.cloudflare,
  });
  expect(precious.length).toBeGreaterThan(7);

  const texts = [
    { where: "output of up", text: firstUp.output },
    ...runningProcesses().map(({ pid, argv }) => ({
      where: `argv of ${pid}`,
      text: argv.join(" "),
    })),
    ...filesUnder(sandbox.stateDir).map((path) => ({
      where: path,
      text: readFileSync(path, "latin1"),
    })),
  ];
  const leaks = texts.flatMap(({ where, text }) =>
    precious.filter(([, value]) => text.includes(value)).map(([name]) => `${name} in ${where}`),
  );
  expect(leaks).toEqual([]);
});

it("gives a worker no secret that its spec doesn't name", async () => {
  const { id } = await host("iad-0");
  const worker = processesOf(id, "node").find(({ argv }) => argv.join(" ").includes("worker.ts"));
  if (!worker) throw new Error("no worker runs on iad-0");
  const named = ["API_KEY", "NATS_APP_SEED", "POCKETBASE_WORKER_PASSWORD"];
  const all = Object.keys(await secrets());
  expect(all.filter((name) => name in worker.env).toSorted()).toEqual(named);
  expect(worker.env).not.toHaveProperty("FLY_API_TOKEN");
});

it("serves from an added host as soon as `up` is done, and not from a removed one", async () => {
  await sandbox.editSpec("services/caddy.yaml", "iad: { replicas: 2", "iad: { replicas: 3");
  await sandbox.apply("iad");
  expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1", "iad-2"]);
  const { caFile } = await sandbox.info();
  const { address } = await host("iad-2");
  expect(await fingerprintOf(address, "app.example.com", caFile)).toBe(
    (await ask("app.example.com", "/", "iad")).fingerprint,
  );
  const before = await served("iad-2");
  const asked = await Promise.all(
    Array.from({ length: 12 }, async () => ask("app.example.com", "/", "iad")),
  );
  expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
  expect(await served("iad-2")).toBeGreaterThan(before);

  await sandbox.editSpec("services/caddy.yaml", "iad: { replicas: 3", "iad: { replicas: 2");
  await sandbox.apply("iad");
  expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  expect((await ask("app.example.com", "/", "iad")).status).toBe(200);
});

it("works with plain pulumi: preview, outputs, destroy twice, and the volume is adopted with its data", async () => {
  for (const stack of ["global", "iad", "fra"]) {
    const { exitCode, output } = await sandbox.previewNoChanges(stack);
    expect(exitCode, output).toBe(0);
  }
  const output = await sandbox.pulumi(["stack", "output", "--json", "-s", "fra"]);
  expect(JSON.parse(output.stdout)).toMatchObject({ hosts: { "fra-0": (await host("fra-0")).id } });

  for (const _ of ["first", "second"]) {
    const { exitCode, output: said } = await sandbox.pulumi(["destroy", "--yes", "-s", "fra"]);
    expect(exitCode, said).toBe(0);
  }
  expect(await sandbox.machines()).toEqual(["iad-0", "iad-1"]);
  const listed = await sandbox.flotilla("volumes", "list", "--json");
  const { volumes } = JSON.parse(listed.stdout) as {
    volumes: { name: string; id: string; attachedTo?: string }[];
  };
  const kept = volumes.find(({ name }) => name === "fra_0_data");
  expect(kept).toBeDefined();
  expect(kept?.attachedTo ?? null).toBeNull();

  await sandbox.apply("fra");
  expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  await until(
    "fra's data",
    async () => {
      const answer = await ask("app-fra.example.com", "/api/collections/results/records", "iad");
      return answer.status === 200 && answer.body.includes("written in fra");
    },
    60_000,
  );
});

/** State, logs and files of the cloud, without the places where a secret belongs: 0600 files and the guests' own files. */
function filesUnder(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    if (!entry.isFile() || statSync(path).size > 50_000_000) return [];
    const home = (statSync(path).mode & 0o077) === 0 && isSecretHome(path);
    return home ? [] : [path];
  });
}

function isSecretHome(path: string): boolean {
  return /\/(cloud\.json|identity\.json|operator\.nk|etc\/tls\/origin\.key)$/.test(path);
}
