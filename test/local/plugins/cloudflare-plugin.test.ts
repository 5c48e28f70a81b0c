/** The stand-in's resources against the local Cloudflare API, as the engine would call them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { createCloudflareClient } from "../../../local/plugins/cloudflare-client.ts";
import { createDnsRecordKind } from "../../../local/plugins/cloudflare-dns-record.ts";
import { createOriginCertificateKind } from "../../../local/plugins/cloudflare-origin-certificate.ts";
import { getZone } from "../../../local/plugins/cloudflare-zone.ts";
import type { ResourceContext } from "../../../local/plugins/serve.ts";
import type { PropertyValue, Props } from "../../../local/plugins/wire-values.ts";
import { makeRequest } from "../cloudflare/make-request.ts";
import { type ServedCloudflare, TOKEN, serveCloudflare } from "../cloudflare/serve-cloudflare.ts";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const context: ResourceContext = { urn: "urn", info: () => {} };

let dir: string;
let api: ServedCloudflare;
let client: ReturnType<typeof createCloudflareClient>;
let zoneId: string;
let slept: number[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-plugin-"));
  api = await serveCloudflare(dir);
  slept = [];
  client = createCloudflareClient({
    env: { CLOUDFLARE_BASE_URL: api.url, CLOUDFLARE_API_TOKEN: TOKEN },
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
  });
  zoneId = (await getZone(client, { filter: { name: "example.com" } }))["zoneId"] as string;
});

afterEach(async () => {
  await api.close();
  await rm(dir, { recursive: true, force: true });
});

function callsMade(): readonly string[] {
  return api.calls
    .list(0)
    .map((call) => `${call.method} ${call.path.replace("/client/v4/", "")}${call.query}`);
}

test("getZone by filter asks for the list, then for the zone, and answers in camelCase", async ({
  expect,
}) => {
  expect(callsMade()).toEqual(["GET zones?name=example.com", `GET zones/${zoneId}`]);
  const zone = await getZone(client, { filter: { name: "example.com" } });
  expect(zone).toMatchObject({
    id: zoneId,
    zoneId,
    name: "example.com",
    nameServers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    filter: { name: "example.com" },
  });
  await expect(getZone(client, { filter: { name: "none" } })).rejects.toThrow(
    "0 zones match name=none, but exactly one must",
  );
});

describe("DnsRecord", () => {
  const said = (): Props => ({
    zoneId,
    name: "app",
    type: "AAAA",
    content: "2a09:8280:0001::0001",
    ttl: 1,
    proxied: true,
    comment: "ours",
  });

  test("a created record shows no change, in the program's own spelling", async ({ expect }) => {
    const kind = createDnsRecordKind(client);
    const { id, outs } = await kind.create(said(), context);
    expect(outs).toMatchObject({ ...said(), proxiable: true, tags: [], settings: {}, meta: "{}" });
    expect(kind.diff(outs, said())).toEqual({ changes: false, replaces: [] });
    const live = await kind.read(id, outs);
    expect(live).toMatchObject({ id, props: said(), inputs: said() });
    expect(kind.diff(live?.props ?? {}, said()).changes).toBe(false);
  });

  test("a change made by hand shows after a read, and an update puts it back with one PUT", async ({
    expect,
  }) => {
    const kind = createDnsRecordKind(client);
    const { id, outs } = await kind.create(said(), context);
    await api.request("PATCH", `zones/${zoneId}/dns_records/${id}`, { content: "2a09::bad" });
    const live = await kind.read(id, outs);
    expect(kind.diff(live?.props ?? {}, said())).toEqual({ changes: true, replaces: [] });
    const repaired = await kind.update(id, live?.props ?? {}, said(), context);
    expect(kind.diff(repaired, said()).changes).toBe(false);
    expect(callsMade().at(-1)).toBe(`PUT zones/${zoneId}/dns_records/${id}`);
  });

  test.for<[string, Record<string, PropertyValue>, boolean]>([
    ["its full name instead of the short one", { name: "app.example.com" }, true],
    ["another name", { name: "ap" }, true],
    ["the same address in its short form", { content: "2a09:8280:1::1" }, false],
    ["another address", { content: "2a09::2" }, true],
    ["no comment", { comment: "" }, true],
    ["another type", { type: "A", content: "192.0.2.1" }, true],
    ["not proxied", { proxied: false }, true],
    ["tags", { tags: ["a:b"] }, true],
    ["no settings", { settings: {} }, false],
    ["a setting", { settings: { ipv4Only: true } }, true],
    ["an address that isn't known yet", { content: UNKNOWN }, true],
  ])("asked for %s", async ([, change, changes], { expect }) => {
    const kind = createDnsRecordKind(client);
    const { outs } = await kind.create(said(), context);
    expect(kind.diff(outs, { ...said(), ...change })).toEqual({ changes, replaces: [] });
  });

  test("another zone is another record; one not known yet may be", ({ expect }) => {
    const kind = createDnsRecordKind(client);
    expect(kind.diff(said(), { ...said(), zoneId: "other" })).toEqual({
      changes: true,
      replaces: ["zoneId"],
    });
    expect(kind.diff(said(), { ...said(), zoneId: UNKNOWN })).toEqual({
      changes: true,
      replaces: ["zoneId"],
    });
  });

  test("gone is gone for a read, and an error for a delete", async ({ expect }) => {
    const kind = createDnsRecordKind(client);
    const { id, outs } = await kind.create(said(), context);
    await kind.delete(id, outs, context);
    expect(await kind.read(id, outs)).toBeUndefined();
    await expect(kind.delete(id, outs, context)).rejects.toThrow(
      "404 81044 Record does not exist.",
    );
  });

  test("an import by zone and record finds the arguments", async ({ expect }) => {
    const kind = createDnsRecordKind(client);
    const { id } = await kind.create(said(), context);
    const found = await kind.read(`${zoneId}/${id}`, {});
    expect(found).toMatchObject({
      id,
      inputs: { zoneId, name: "app.example.com", content: "2a09:8280:1::1", comment: "ours" },
    });
    await expect(kind.read("just-one", {})).rejects.toThrow("write <zone id>/<record id>");
  });

  test("check knows what is missing, and the time of proxied names", ({ expect }) => {
    const kind = createDnsRecordKind(client);
    expect(kind.check({ name: "x", type: "A" }).map(({ property }) => property)).toEqual([
      "zoneId",
      "ttl",
    ]);
    expect(kind.check({ ...said(), ttl: 300 })).toMatchObject([{ property: "ttl" }]);
    expect(kind.check({ ...said(), ttl: UNKNOWN })).toEqual([]);
  });
});

describe("OriginCaCertificate", () => {
  test("every argument replaces, and nothing changes by itself", async ({ expect }) => {
    const kind = createOriginCertificateKind(client);
    const { csr } = await makeRequest(["example.com"]);
    const args: Props = {
      csr: `${csr}\n`,
      hostnames: ["example.com", "*.example.com"],
      requestType: "origin-ecc",
    };
    const { id, outs } = await kind.create(args, context);
    expect(outs).toMatchObject({
      ...args,
      requestedValidity: 5475,
    });
    expect(outs["certificate"]).toContain("BEGIN CERTIFICATE");
    const live = await kind.read(id, outs);
    expect(kind.diff(live?.props ?? {}, args)).toEqual({ changes: false, replaces: [] });
    expect(kind.diff(outs, { ...args, csr: UNKNOWN }).replaces).toEqual(["csr"]);
    expect(kind.diff(outs, { ...args, hostnames: ["example.com"] }).replaces).toEqual([
      "hostnames",
    ]);
    expect(kind.diff(outs, { ...args, requestedValidity: 90 }).replaces).toEqual([
      "requestedValidity",
    ]);
    expect(
      kind
        .check({ ...args, requestType: "pgp", requestedValidity: 8 })
        .map(({ property }) => property),
    ).toEqual(["requestType", "requestedValidity"]);
    await kind.delete(id, outs, context);
    expect(callsMade().at(-1)).toBe(`DELETE certificates/${id}`);
  });
});

describe("the client", () => {
  test("tries again after 429 with its Retry-After, after 5xx and after a lost answer", async ({
    expect,
  }) => {
    const answer = { status: 429, body: {}, headers: { "retry-after": "2" } };
    api.faults.add({ method: "GET", path: "zones", when: "before", action: answer, times: 1 });
    api.faults.add({
      method: "GET",
      path: "zones",
      when: "before",
      action: { status: 503, body: "busy" },
      times: 1,
    });
    api.faults.add({ method: "GET", path: "zones", when: "before", action: "reset", times: 1 });
    expect(await client.get(`zones/${zoneId}`)).toMatchObject({ id: zoneId });
    expect(slept[0]).toBe(2000);
    expect(slept).toHaveLength(3);
    expect(slept[1]).toBeGreaterThan(700);
    expect(slept[1]).toBeLessThanOrEqual(1000);
  });

  test("gives up after ten retries, and at once with `x-should-retry: false`", async ({
    expect,
  }) => {
    api.faults.add({
      method: "GET",
      path: "zones",
      when: "before",
      action: { status: 500, body: {} },
    });
    await expect(client.get("zones")).rejects.toMatchObject({ status: 500 });
    expect(slept).toHaveLength(10);
    api.faults.clear();
    slept.length = 0;
    await expect(client.post(`zones/${zoneId}/dns_records`, {})).rejects.toMatchObject({
      status: 400,
      codes: [9207],
    });
    await expect(client.get("zones/unknown")).rejects.toThrow(
      "GET zones/unknown: 404 1001 Invalid zone identifier",
    );
    expect(slept).toEqual([]);
  });

  test("reads its environment at every call, and never tells the token", async ({ expect }) => {
    const env: Record<string, string> = { CLOUDFLARE_BASE_URL: `${api.url}/` };
    const later = createCloudflareClient({ env });
    await expect(later.get("zones")).rejects.toThrow("CLOUDFLARE_API_TOKEN is not set");
    env["CLOUDFLARE_API_TOKEN"] = "flotilla-local-wrong";
    const refused = await later.get("zones").catch((error: unknown) => error as Error);
    expect(String(refused)).toContain("403 9109 Invalid access token");
    expect(JSON.stringify(refused)).not.toContain("flotilla-local-wrong");
    env["CLOUDFLARE_API_TOKEN"] = TOKEN;
    expect(await later.get(`zones/${zoneId}`)).toMatchObject({ name: "example.com" });
  });
});
