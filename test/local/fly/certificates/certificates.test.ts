/** Certificates: requested, issued once DNS is set up, imported with their key. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { scratchFolder } from "../../../kit/scratch-folder.ts";
import { openCa } from "../../../../local/cloudflare/ca.ts";
import { createTestApi, type Answer, type TestApi } from "../api.ts";

const CERTIFICATES = "/v1/apps/acme/certificates";
const HOST = "app.example.com";

/** DNS that the test writes: `NAME TYPE` → contents. */
async function setUp(): Promise<{ api: TestApi; dns: Map<string, readonly string[]> }> {
  const dns = new Map<string, readonly string[]>();
  const api = createTestApi({ resolveDns: (name, type) => dns.get(`${name} ${type}`) ?? [] });
  await api.makeApp();
  return { api, dns };
}

function ask(api: TestApi, hostname = HOST): Promise<Answer> {
  return api.call("POST", `${CERTIFICATES}/acme`, { hostname });
}

describe("acme", () => {
  test("tells at once what DNS needs, and is pending until it is there", async () => {
    const { api, dns } = await setUp();
    const address = await api.call("POST", "/v1/apps/acme/ip_assignments", { type: "v6" });
    const asked = await ask(api);
    expect(asked.status).toBe(201);
    expect(asked.json).toMatchObject({
      hostname: HOST,
      status: "pending_validation",
      configured: false,
      acme_requested: true,
      certificates: [],
      dns_requirements: {
        aaaa: [address.str("ip")],
        acme_challenge: { name: `_acme-challenge.${HOST}` },
        ownership: { name: `_fly-ownership.${HOST}` },
      },
      validation_errors: [{ code: "dns_not_configured" }],
    });
    await api.clock.advance(600_000);
    expect((await api.call("GET", `${CERTIFICATES}/${HOST}`)).at("status")).toBe(
      "pending_validation",
    );
    dns.set(`${HOST} AAAA`, [address.str("ip")]);
    const checked = await api.call("POST", `${CERTIFICATES}/${HOST}/check`);
    expect(checked.at("validation", "alpn_configured")).toBe(true);
    expect(checked.at("dns_records", "aaaa")).toEqual([address.str("ip")]);
    expect(checked.at("status")).toBe("pending_validation");
    await api.clock.advance(1_000);
    const issued = await api.call("GET", `${CERTIFICATES}/${HOST}`);
    expect(issued.json).toMatchObject({
      status: "active",
      configured: true,
      certificates: [
        { source: "fly", status: "active", issued: [{ type: "rsa" }, { type: "ecdsa" }] },
      ],
      validation_errors: [],
    });
  });

  test.for(["challenge", "ownership", "cname"] as const)(
    "is validated by the %s too",
    async (way) => {
      const { api, dns } = await setUp();
      const asked = await ask(api);
      const need = (...path: string[]) => asked.str("dns_requirements", ...path);
      if (way === "challenge") {
        dns.set(`${need("acme_challenge", "name")} CNAME`, [need("acme_challenge", "target")]);
      } else if (way === "ownership") {
        dns.set(`${need("ownership", "name")} TXT`, [`other;${need("ownership", "app_value")}`]);
      } else dns.set(`${HOST} CNAME`, [need("cname")]);
      await api.call("POST", `${CERTIFICATES}/${HOST}/check`);
      await api.clock.advance(1_000);
      expect((await api.call("GET", `${CERTIFICATES}/${HOST}`)).at("status")).toBe("active");
    },
  );

  test("a wildcard needs the DNS challenge", async () => {
    const { api, dns } = await setUp();
    const asked = await ask(api, "*.example.com");
    const need = (...path: string[]) => asked.str("dns_requirements", ...path);
    dns.set(`${need("ownership", "name")} TXT`, [need("ownership", "app_value")]);
    const path = `${CERTIFICATES}/%2A.example.com`;
    await api.call("POST", `${path}/check`);
    await api.clock.advance(1_000);
    expect((await api.call("GET", path)).at("status")).toBe("pending_validation");
    dns.set("_acme-challenge.example.com CNAME", [need("acme_challenge", "target")]);
    await api.call("POST", `${path}/check`);
    await api.clock.advance(1_000);
    expect((await api.call("GET", path)).at("status")).toBe("active");
  });

  test("is asked for once, for a hostname of no other app", async () => {
    const { api } = await setUp();
    await ask(api);
    expect((await ask(api)).status).toBe(422);
    await api.call("POST", "/v1/apps", { name: "other", org_slug: "personal" });
    const taken = await api.call("POST", "/v1/apps/other/certificates/acme", { hostname: HOST });
    expect([taken.status, taken.str("error")]).toEqual([422, expect.stringContaining("taken")]);
    expect((await ask(api, "not a name")).status).toBe(422);
    expect((await api.call("POST", CERTIFICATES, { hostname: HOST })).status).toBe(404);
  });

  test("without a DNS to ask, every hostname counts as set up", async () => {
    const api = createTestApi();
    await api.makeApp();
    await ask(api);
    await api.clock.advance(1_000);
    expect((await api.call("GET", `${CERTIFICATES}/${HOST}`)).at("status")).toBe("active");
  });
});

describe("custom", () => {
  async function certificate(): Promise<{ fullchain: string; private_key: string }> {
    const dir = scratchFolder();
    const ca = await openCa(dir);
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = await crypto.subtle.importKey(
      "spki",
      publicKey.export({ type: "spki", format: "der" }),
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["verify"],
    );
    const { PublicKey } = await import("@peculiar/x509");
    const { certificate: fullchain } = await ca.sign(
      new PublicKey(await crypto.subtle.exportKey("spki", spki)),
      [HOST],
      30,
    );
    return {
      fullchain,
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
  }

  test("needs proof of ownership, then it is served", async () => {
    const { api, dns } = await setUp();
    const imported = await api.call("POST", `${CERTIFICATES}/custom`, {
      hostname: HOST,
      ...(await certificate()),
    });
    expect(imported.status).toBe(201);
    expect(imported.json).toMatchObject({
      status: "pending_ownership",
      acme_requested: false,
      certificates: [{ source: "custom", issued: [{ type: "ecdsa" }] }],
    });
    const { name, app_value } = imported.at("dns_requirements", "ownership") as {
      name: string;
      app_value: string;
    };
    dns.set(`${name} TXT`, [app_value]);
    expect((await api.call("GET", `${CERTIFICATES}/${HOST}`)).at("status")).toBe("active");
    const removed = await api.call("DELETE", `${CERTIFICATES}/${HOST}/custom`);
    expect([removed.status, removed.str("warning")]).toEqual([
      200,
      expect.stringContaining("no certificate"),
    ]);
  });

  test("refuses what isn't a certificate of that name with its key", async () => {
    const { api } = await setUp();
    const good = await certificate();
    const { private_key } = await certificate();
    for (const body of [
      { ...good, hostname: "other.example.com" },
      { ...good, hostname: HOST, private_key },
      { ...good, hostname: HOST, fullchain: "nothing" },
    ]) {
      const refused = await api.call("POST", `${CERTIFICATES}/custom`, body);
      expect([refused.status, refused.str("error")]).toEqual([
        422,
        expect.stringContaining("Certificate is invalid"),
      ]);
    }
    expect((await api.call("GET", CERTIFICATES)).at("certificates")).toEqual([]);
  });
});

test("the list pages and filters; deleting forgets, also with the app", async () => {
  const { api } = await setUp();
  for (const name of ["c", "a", "b"]) await ask(api, `${name}.example.com`);
  const first = await api.call("GET", `${CERTIFICATES}?limit=2`);
  expect(first.json).toMatchObject({
    certificates: [{ hostname: "a.example.com" }, { hostname: "b.example.com" }],
    total_count: 3,
    next_cursor: "b.example.com",
  });
  const rest = await api.call("GET", `${CERTIFICATES}?limit=2&cursor=${first.str("next_cursor")}`);
  expect(rest.json).toMatchObject({
    certificates: [{ hostname: "c.example.com" }],
    next_cursor: "",
  });
  expect((await api.call("GET", `${CERTIFICATES}?filter=b.`)).at("certificates")).toHaveLength(1);
  expect((await api.call("GET", `${CERTIFICATES}?limit=501`)).status).toBe(400);
  expect((await api.call("DELETE", `${CERTIFICATES}/a.example.com`)).status).toBe(204);
  expect((await api.call("DELETE", `${CERTIFICATES}/a.example.com`)).status).toBe(404);
  await api.call("DELETE", `${CERTIFICATES}/b.example.com/acme`);
  expect((await api.call("GET", `${CERTIFICATES}/b.example.com`)).at("acme_requested")).toBe(false);
  await api.call("DELETE", "/v1/apps/acme");
  expect(api.store.certificates.all()).toEqual([]);
});
