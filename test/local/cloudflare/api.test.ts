import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { createCallLog } from "../../../local/http/call-log.ts";
import { type LocalCloudflare, createCloudflareApp } from "../../../local/cloudflare/app.ts";
import { createFaults } from "../../../local/faults/rules.ts";

const TOKEN = "flotilla-local-test";

interface Answer {
  readonly status: number;
  readonly retry: string | null;
  readonly body: {
    readonly success: boolean;
    readonly errors: readonly { readonly code: number; readonly message: string }[];
    readonly result: Record<string, unknown> & { readonly id: string };
    readonly result_info?: Record<string, number>;
  };
}

let dir: string;
let cloudflare: LocalCloudflare;

async function open(): Promise<LocalCloudflare> {
  return createCloudflareApp({ dir, token: TOKEN, faults: createFaults(), calls: createCallLog() });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-cloudflare-"));
  cloudflare = await open();
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function call(
  method: string,
  path: string,
  body?: unknown,
  authorization = `Bearer ${TOKEN}`,
): Promise<Answer> {
  const response = await cloudflare.app.request(`/client/v4/${path}`, {
    method,
    headers: authorization ? { authorization } : {},
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    retry: response.headers.get("x-should-retry"),
    body: (await response.json()) as Answer["body"],
  };
}

async function zoneId(name = "example.com"): Promise<string> {
  const { body } = await call("GET", `zones?name=${name}`);
  return (body.result as unknown as readonly { id: string }[])[0]?.id ?? "";
}

describe("authorization", () => {
  test("a missing token is 401 code 10000, a wrong one 403 code 9109, neither to be retried", async ({
    expect,
  }) => {
    const missing = await call("GET", "zones", undefined, "");
    expect([missing.status, missing.body.errors[0]?.code, missing.retry]).toEqual([
      401,
      10_000,
      "false",
    ]);
    const wrong = await call("GET", "zones", undefined, "Bearer flotilla-local-other");
    expect([wrong.status, wrong.body.errors[0]?.code, wrong.body.success]).toEqual([
      403,
      9109,
      false,
    ]);
  });
});

describe("zones", () => {
  test("a zone asked for by name is there, once, with the same id after a restart", async ({
    expect,
  }) => {
    const id = await zoneId();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    cloudflare = await open();
    expect(await zoneId("EXAMPLE.com")).toBe(id);
    const { body } = await call("GET", `zones/${id}`);
    expect(body.result).toMatchObject({ id, name: "example.com", status: "active", type: "full" });
  });

  test("lists are paged", async ({ expect }) => {
    for (const name of ["a.test", "b.test", "c.test"]) await zoneId(name);
    const { body } = await call("GET", "zones?page=2&per_page=2");
    expect(body.result_info).toEqual({
      page: 2,
      per_page: 2,
      count: 1,
      total_count: 3,
      total_pages: 2,
    });
  });

  test("POST refuses a name that exists, and GET an id that doesn't", async ({ expect }) => {
    expect((await call("POST", "zones", { name: "new.test" })).status).toBe(200);
    expect((await call("POST", "zones", { name: "new.test" })).body.errors[0]?.code).toBe(1061);
    expect((await call("GET", "zones/0123")).status).toBe(404);
    expect((await call("GET", "zones?name=nodots")).body.result).toEqual([]);
  });
});

describe("DNS records", () => {
  const AAAA = {
    type: "AAAA",
    name: "app",
    content: "2a09:8280:0001:0000:0000:0000:0000:0001",
    ttl: 1,
    proxied: true,
  };

  test("create answers with the full name, the short address and every computed field", async ({
    expect,
  }) => {
    const zone = await zoneId();
    const { status, body } = await call("POST", `zones/${zone}/dns_records`, {
      ...AAAA,
      ttl: 300,
      comment: "hello",
    });
    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      name: "app.example.com",
      content: "2a09:8280:1::1",
      ttl: 1,
      proxied: true,
      proxiable: true,
      comment: "hello",
      tags: [],
      settings: {},
      meta: {},
    });
    expect(body.result["comment_modified_on"]).toBe(body.result["created_on"]);
  });

  test("PUT replaces, PATCH keeps the rest, GET shows it, DELETE once, then 404", async ({
    expect,
  }) => {
    const zone = await zoneId();
    const path = `zones/${zone}/dns_records`;
    const { id } = (await call("POST", path, { ...AAAA, comment: "x" })).body.result;
    const put = await call("PUT", `${path}/${id}`, { ...AAAA, content: "2a09::2" });
    expect(put.body.result).toMatchObject({ id, content: "2a09::2", comment: null });
    const patched = await call("PATCH", `${path}/${id}`, { comment: "y" });
    expect(patched.body.result).toMatchObject({
      content: "2a09::2",
      comment: "y",
      name: "app.example.com",
    });
    expect((await call("GET", `${path}/${id}`)).body.result).toEqual(patched.body.result);
    expect((await call("DELETE", `${path}/${id}`)).body.result).toEqual({ id });
    const gone = await call("DELETE", `${path}/${id}`);
    expect([gone.status, gone.body.errors[0]?.code]).toEqual([404, 81_044]);
  });

  test("lists filter by name and type", async ({ expect }) => {
    const zone = await zoneId();
    const path = `zones/${zone}/dns_records`;
    await call("POST", path, AAAA);
    await call("POST", path, { type: "A", name: "app", content: "192.0.2.1", ttl: 60 });
    await call("POST", path, { type: "TXT", name: "@", content: "v=1", ttl: 60 });
    const names = async (query: string) =>
      ((await call("GET", `${path}?${query}`)).body.result as unknown as { type: string }[]).map(
        (record) => record.type,
      );
    expect(await names("name=app.example.com")).toEqual(["AAAA", "A"]);
    expect(await names("type=TXT&name=example.com")).toEqual(["TXT"]);
    expect(await names("proxied=true")).toEqual(["AAAA"]);
  });

  test.for([
    [{ ...AAAA, content: "192.0.2.1" }, 9006],
    [{ ...AAAA, type: "A" }, 9005],
    [{ type: "CNAME", name: "w", content: "not a host", ttl: 1 }, 9007],
    [{ type: "TXT", name: "w", content: "x", ttl: 1, proxied: true }, 9004],
    [{ type: "A", name: "w", content: "192.0.2.1", ttl: 5 }, 9021],
    [{ type: "MX", name: "w", content: "mail.example.com", ttl: 1 }, 9101],
    [{ type: "SRV", name: "w", ttl: 1 }, 9104],
    [{ ...AAAA, colour: "red" }, 9207],
    [{ ...AAAA, type: "BANANA" }, 9207],
  ] as const)("refuses %j with code %i", async ([record, code], { expect }) => {
    const answer = await call("POST", `zones/${await zoneId()}/dns_records`, record);
    expect([answer.status, answer.body.errors[0]?.code]).toEqual([400, code]);
  });

  test("refuses an identical record and a CNAME beside an address", async ({ expect }) => {
    const path = `zones/${await zoneId()}/dns_records`;
    await call("POST", path, AAAA);
    const again = await call("POST", path, {
      ...AAAA,
      name: "APP.example.com",
      content: "2a09:8280:1::1",
    });
    expect(again.body.errors[0]).toEqual({
      code: 81_058,
      message: "An identical record already exists.",
    });
    expect(
      (await call("POST", path, { type: "CNAME", name: "app", content: "b.test", ttl: 1 })).body
        .errors[0]?.code,
    ).toBe(81_053);
    const cname = (
      await call("POST", path, { type: "CNAME", name: "c", content: "b.test", ttl: 1 })
    ).body.result;
    expect((await call("POST", path, { ...AAAA, name: "c" })).body.errors[0]?.code).toBe(81_054);
    expect(
      (await call("PUT", `${path}/${cname.id}`, { ...AAAA, name: "app" })).body.errors[0]?.code,
    ).toBe(81_058);
  });

  test("the edge finds a record by its name, then by wildcard, also after a restart", async ({
    expect,
  }) => {
    const path = `zones/${await zoneId()}/dns_records`;
    await call("POST", path, AAAA);
    await call("POST", path, { ...AAAA, name: "*", content: "2a09::9" });
    cloudflare = await open();
    expect(cloudflare.recordsFor("App.example.com")).toMatchObject([
      { content: "2a09:8280:1::1", proxied: true },
    ]);
    expect(cloudflare.recordsFor("other.example.com")).toMatchObject([{ content: "2a09::9" }]);
    expect(cloudflare.recordsFor("two.labels.example.com")).toEqual([]);
    expect(cloudflare.recordsFor("app.elsewhere.test")).toEqual([]);
  });
});

test("a path that isn't there is code 7003", async ({ expect }) => {
  const answer = await call("GET", "accounts/x/load_balancers");
  expect([answer.status, answer.body.errors[0]?.code, answer.retry]).toEqual([404, 7003, "false"]);
});
