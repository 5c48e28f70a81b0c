/** The stand-ins with the real engine: create, refresh, update and destroy of the resources that the product uses. */
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Result, execa } from "execa";
import { afterAll, beforeAll, test } from "vitest";
import { installPlugins } from "../../local/plugins/install.ts";
import { preparePulumiHome } from "../../toolchain/index.ts";
import { makeRequest } from "../local/cloudflare/make-request.ts";
import {
  type ServedCloudflare,
  TOKEN,
  serveCloudflare,
} from "../local/cloudflare/serve-cloudflare.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const HOSTNAMES = ["example.com", "*.example.com"];

const PROGRAM = `
import { readFileSync } from "node:fs";
import * as cloudflare from "@pulumi/cloudflare";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const zone = cloudflare.getZoneOutput({ filter: { name: "example.com" } });
const certificate = new cloudflare.OriginCaCertificate("origin-cert-g1", {
  csr: readFileSync("request.pem", "utf8"), hostnames: ${JSON.stringify(HOSTNAMES)}, requestType: "origin-ecc",
  requestedValidity: 5475,
});
new cloudflare.DnsRecord("app", {
  zoneId: zone.zoneId, name: "app.example.com", type: "AAAA", content: "2a09:8280:0001::0001", ttl: 1, proxied: true,
  comment: "of flotilla",
});
const check = new local.Command("check", {
  create: 'cat; echo "checked with $LEVEL" >&2', stdin: process.env.CHECK_INPUT, environment: { LEVEL: pulumi.secret("hush-hush") },
}, { dependsOn: certificate });
export const answer = check.stdout;
export const certificateText = certificate.certificate;
`;

let dir: string;
let api: ServedCloudflare;
let env: Record<string, string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-plugins-"));
  api = await serveCloudflare(join(dir, "cloud"));
  const pulumiHome = join(dir, "pulumi-home");
  await preparePulumiHome(pulumiHome);
  // An engine that can't be started can't download: what is tested here are the stand-ins.
  await installPlugins({ pulumiHome, pulumi: join(dir, "no-engine"), env: {}, log: () => {} });
  env = {
    PATH: `${join(CHECKOUT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
    HOME: dir,
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${dir}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    CLOUDFLARE_BASE_URL: api.url,
    CLOUDFLARE_API_TOKEN: TOKEN,
    CHECK_INPUT: "first",
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
  };
  const { csr } = await makeRequest(HOSTNAMES);
  await Promise.all([
    writeFile(
      join(dir, "Pulumi.yaml"),
      "name: plugins\nruntime: { name: nodejs, options: { typescript: false } }\noptions: { refresh: always }\n",
    ),
    writeFile(join(dir, "package.json"), '{ "type": "module", "main": "index.js" }'),
    writeFile(join(dir, "index.js"), PROGRAM),
    writeFile(join(dir, "request.pem"), csr),
    symlink(join(CHECKOUT, "node_modules"), join(dir, "node_modules")),
  ]);
}, 60_000);

afterAll(async () => {
  await api.close();
  await rm(dir, { recursive: true, force: true });
});

async function pulumi(...args: readonly string[]): Promise<Result & { readonly all: string }> {
  const options = {
    cwd: dir,
    env,
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
  } as const;
  return (await execa(
    join(env["PULUMI_HOME"] ?? "", "versions/3.259.0/bin/pulumi"),
    [...args, "-s", "dev"],
    options,
  )) as Result & { all: string };
}

interface RecordAnswer {
  readonly id: string;
  readonly content: string;
  readonly zone: string;
}

async function records(): Promise<readonly RecordAnswer[]> {
  const [zone] = (
    (await (await api.request("GET", "zones?name=example.com")).json()) as {
      result: { id: string }[];
    }
  ).result;
  const answer = (await (await api.request("GET", `zones/${zone?.id}/dns_records`)).json()) as {
    result: Omit<RecordAnswer, "zone">[];
  };
  return answer.result.map((record) => ({ ...record, zone: zone?.id ?? "" }));
}

test(
  "up, no changes, drift seen and repaired, an update, destroy",
  { timeout: 180_000 },
  async ({ expect }) => {
    await execa(
      join(env["PULUMI_HOME"] ?? "", "versions/3.259.0/bin/pulumi"),
      ["stack", "init", "dev"],
      { cwd: dir, env, extendEnv: false },
    );

    const up = await pulumi("up", "--yes");
    expect(up.exitCode, up.all).toBe(0);
    expect(up.all).toContain("checked with");
    const [record] = await records();
    expect(record?.content).toBe("2a09:8280:1::1");
    const certificate = (await pulumi("stack", "output", "certificateText")).all;
    expect(certificate).toContain("BEGIN CERTIFICATE");

    const quiet = await pulumi("preview", "--expect-no-changes");
    expect(quiet.exitCode, quiet.all).toBe(0);

    await api.request("PATCH", `zones/${record?.zone}/dns_records/${record?.id}`, {
      content: "2a09::bad",
      comment: "by hand",
    });
    const drift = await pulumi("preview", "--expect-no-changes");
    expect(drift.exitCode, drift.all).not.toBe(0);
    expect(drift.all).toMatch(/DnsRecord app update \[diff: ~comment,content\]/);
    const repair = await pulumi("up", "--yes", "--skip-preview");
    expect(repair.exitCode, repair.all).toBe(0);
    expect(await records()).toMatchObject([
      { id: record?.id, content: "2a09:8280:1::1", comment: "of flotilla" },
    ]);

    await api.request("DELETE", `zones/${record?.zone}/dns_records/${record?.id}`);
    const recreate = await pulumi("up", "--yes", "--skip-preview");
    expect(recreate.exitCode, recreate.all).toBe(0);
    expect(await records()).toMatchObject([{ content: "2a09:8280:1::1" }]);

    env["CHECK_INPUT"] = "second";
    const update = await pulumi("up", "--yes", "--skip-preview");
    expect(update.exitCode, update.all).toBe(0);
    expect(update.all).toContain("1 updated");
    expect((await pulumi("stack", "output", "answer", "--show-secrets")).all).toBe("second");
    expect((await pulumi("preview", "--expect-no-changes")).exitCode).toBe(0);

    const stacks = join(dir, ".pulumi/stacks/plugins");
    const state = (
      await Promise.all((await readdir(stacks)).map((file) => readFile(join(stacks, file), "utf8")))
    ).join("");
    expect(state).toContain("OriginCaCertificate");
    expect(state).not.toContain("hush-hush");
    expect(state).not.toContain(TOKEN);

    const destroy = await pulumi("destroy", "--yes", "--skip-preview");
    expect(destroy.exitCode, destroy.all).toBe(0);
    expect(await records()).toEqual([]);
    const { X509Certificate } = await import("node:crypto");
    expect(api.cloudflare.isRevoked(new X509Certificate(certificate).fingerprint256)).toBe(true);
  },
);
