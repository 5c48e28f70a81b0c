/** `tls: { mode: fly-edge }` with the real engine on process Machines: one region, one Caddy. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bearer } from "../../fixtures/bearer.ts";
import { throughEdge } from "../kit/edge-request.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

const HOSTNAME = "app.example.com";

let sandbox: Sandbox;

/** One Caddy, with files only, in iad. */
beforeAll(async () => {
  sandbox = await Sandbox.create();
  for (const name of ["nats", "pocketbase", "worker"])
    await rm(join(sandbox.specsDir, `services/${name}.yaml`));
  await sandbox.editSpec("fleet.yaml", "mode: origin-cert", "mode: fly-edge");
  await sandbox.editSpec("fleet.yaml", /^ {2}fra: .*\n/m, "");
  await sandbox.editSpec("fleet.yaml", "region_order: [fra, iad]", "region_order: [iad]");
  await writeFile(
    join(sandbox.specsDir, "services/caddy.yaml"),
    `kind: Service
name: caddy
type: caddy
regions: { iad: { replicas: 1 } }
routes:
  - { path: [/*], root: www }
`,
  );
  await sandbox.up("process");
});
afterAll(async () => sandbox.close());

interface Exported {
  readonly deployment: {
    readonly resources: readonly { readonly urn: string; readonly type: string }[];
  };
}

/** `TYPE name` of every record in the local Cloudflare's zone. */
async function records(): Promise<string[]> {
  const { cloudflare, tokens } = await sandbox.info();
  const get = async <T>(path: string): Promise<T> => {
    const headers = bearer(tokens.cloudflare);
    const answer = await fetch(`${cloudflare}/${path}`, { headers });
    return ((await answer.json()) as { result: T }).result;
  };
  const [zone] = await get<{ id: string }[]>("zones?name=example.com");
  const all = await get<{ type: string; name: string }[]>(`zones/${zone?.id}/dns_records`);
  return all.map(({ type, name }) => `${type} ${name}`).toSorted();
}

it("answers HTTPS from Caddy with a certificate that Fly holds", async () => {
  const info = await sandbox.info();
  const answer = await throughEdge(info, { hostname: HOSTNAME, from: "iad" });
  const page = await readFile(join(import.meta.dirname, "../../image/www/index.html"), "utf8");
  expect([answer.status, answer.headers["server"]]).toEqual([200, "Caddy"]);
  expect(answer.body).toBe(page);
  for (const hostname of [HOSTNAME, "app-iad.example.com"])
    expect(await sandbox.control("GET", `/v1/apps/acme/certificates/${hostname}`)).toMatchObject({
      status: "active",
      validation: { ownership_txt_configured: true },
    });
});

it("has the records that Fly asks for", async () => {
  expect(await records()).toEqual([
    "AAAA app-iad.example.com",
    "AAAA app.example.com",
    "TXT _fly-ownership.app-iad.example.com",
    "TXT _fly-ownership.app.example.com",
  ]);
});

it("creates no key and no origin certificate", async () => {
  const { stdout } = await sandbox.pulumi(["stack", "export", "-s", "global"]);
  const { resources } = (JSON.parse(stdout) as Exported).deployment;
  expect(resources.map(({ urn }) => urn).filter((urn) => urn.includes("origin"))).toEqual([]);
  const { secrets } = await sandbox.control<{ secrets: { name: string }[] }>(
    "GET",
    "/v1/apps/acme/secrets",
  );
  // The operator's own, which `local up` sets for `local publish`.
  expect(secrets.map(({ name }) => name)).toEqual(["NATS_OPERATOR_PUBLIC"]);
});

it("a preview afterwards shows no change", async () => {
  for (const stack of ["global", "iad"]) {
    const { exitCode, output } = await sandbox.previewNoChanges(stack);
    expect(exitCode, output).toBe(0);
  }
});

it("destroy removes Machines, certificates, records and the app", async () => {
  for (const stack of ["iad", "global"]) {
    const { exitCode, output } = await sandbox.pulumi(["destroy", "--yes", "-s", stack]);
    expect(exitCode, output).toBe(0);
  }
  expect(await sandbox.machines()).toEqual([]);
  await expect(sandbox.control("GET", "/v1/apps/acme/certificates")).rejects.toThrow("404");
  expect(await records()).toEqual([]);
});
