/** Fly Proxy and Fly's certificates in a whole local cloud: autostop on command, DNS from its own Cloudflare. */
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { scratchFolder } from "../../kit/scratch-folder.ts";
import { bearer } from "../../../fixtures/bearer.ts";
import { purgeCloud, startCloud, type CloudInfo } from "../../../local/index.ts";

const NODE = process.execPath;

interface Started {
  readonly info: CloudInfo;
  readonly fly: (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;
  readonly cloudflare: (
    method: string,
    path: string,
    body?: object,
  ) => Promise<{ result: { id: string } }>;
}

async function start(): Promise<Started> {
  const dir = scratchFolder();
  const { info, close } = await startCloud({
    dir,
    mode: "simulated",
    portBase: 0,
    edgeRegions: [],
    image: join(import.meta.dirname, "../machines/image"),
    bin: { "process-compose": NODE, caddy: NODE, "nats-server": NODE, pocketbase: NODE },
    limits: false,
  });
  onTestFinished(async () => {
    await close();
    await purgeCloud(dir);
  });
  async function ask(base: string, token: string, method: string, path: string, body?: object) {
    const headers = bearer(token);
    const response = await fetch(base + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as never;
  }
  return {
    info,
    fly: (...call) => ask(info.fly, info.tokens.fly, ...call),
    cloudflare: (...call) => ask(info.cloudflare, info.tokens.cloudflare, ...call),
  };
}

test("autostop stops a Machine without connections, and keeps one whose service doesn't have autostop", async () => {
  const { fly } = await start();
  await fly("POST", "/v1/apps", { name: "acme", org_slug: "personal" });
  const service = { protocol: "tcp", internal_port: 8444, autostart: true, ports: [{ port: 443 }] };
  const ids: string[] = [];
  for (const [name, autostop] of [
    ["iad-0", "stop"],
    ["iad-1", "off"],
  ] as const) {
    const config = { image: "x", services: [{ ...service, autostop }] };
    const { id } = await fly("POST", "/v1/apps/acme/machines", { name, region: "iad", config });
    ids.push(String(id));
  }
  const path = (index: number) => `/v1/apps/acme/machines/${ids[index] ?? ""}`;
  // Not visible at once, so not to be waited for at once either.
  await vi.waitFor(async () => {
    expect(await fly("GET", path(0))).toMatchObject({ state: "started" });
    expect(await fly("GET", path(1))).toMatchObject({ state: "started" });
  });
  expect(await fly("POST", "/_local/autostop")).toEqual({ slept: ["iad-0"] });
  expect(await fly("GET", `${path(0)}/wait?state=stopped`)).toMatchObject({ ok: true });
  expect(await fly("POST", "/_local/autostop")).toEqual({ slept: [] });
  expect(await fly("GET", path(1))).toMatchObject({ state: "started" });
});

test("a certificate is issued once the local Cloudflare has the record, and not behind its proxy", async () => {
  const { fly, cloudflare } = await start();
  await fly("POST", "/v1/apps", { name: "acme", org_slug: "personal" });
  const { ip } = await fly("POST", "/v1/apps/acme/ip_assignments", { type: "v6" });
  const { result: zone } = await cloudflare("POST", "/zones", {
    name: "example.com",
    account: { id: "local" },
  });
  const host = "app.example.com";
  const path = `/v1/apps/acme/certificates/${host}`;
  await fly("POST", "/v1/apps/acme/certificates/acme", { hostname: host });
  const record = { type: "AAAA", name: host, content: String(ip), ttl: 1 };
  const { result } = await cloudflare("POST", `/zones/${zone.id}/dns_records`, {
    ...record,
    proxied: true,
  });
  expect(await fly("POST", `${path}/check`)).toMatchObject({
    status: "pending_validation",
    dns_records: { aaaa: [] },
  });
  await cloudflare("PUT", `/zones/${zone.id}/dns_records/${result.id}`, {
    ...record,
    proxied: false,
  });
  expect(await fly("POST", `${path}/check`)).toMatchObject({ dns_records: { aaaa: [ip] } });
  await vi.waitFor(async () => expect(await fly("GET", path)).toMatchObject({ status: "active" }), {
    timeout: 5_000,
  });
});

test("behind the proxy the ownership record is enough", async () => {
  const { fly, cloudflare } = await start();
  await fly("POST", "/v1/apps", { name: "acme", org_slug: "personal" });
  const { result: zone } = await cloudflare("POST", "/zones", {
    name: "example.com",
    account: { id: "local" },
  });
  const asked = await fly("POST", "/v1/apps/acme/certificates/acme", { hostname: "a.example.com" });
  const { ownership } = asked["dns_requirements"] as {
    ownership: { name: string; app_value: string };
  };
  await cloudflare("POST", `/zones/${zone.id}/dns_records`, {
    type: "TXT",
    name: ownership.name,
    content: `"${ownership.app_value}"`,
    ttl: 1,
  });
  const path = "/v1/apps/acme/certificates/a.example.com";
  await vi.waitFor(async () => expect(await fly("GET", path)).toMatchObject({ status: "active" }), {
    timeout: 5_000,
  });
});
