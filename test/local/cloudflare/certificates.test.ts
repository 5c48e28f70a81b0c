import { X509Certificate, createPublicKey } from "node:crypto";
import { existsSync, rmSync, statSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterEach, beforeEach, describe, test } from "vitest";
import { bearer } from "../../../fixtures/bearer.ts";
import { createCallLog } from "../../../local/http/call-log.ts";
import { type LocalCloudflare, createCloudflareApp } from "../../../local/cloudflare/app.ts";
import { openCa } from "../../../local/cloudflare/ca.ts";
import { createFaults } from "../../../local/faults/rules.ts";
import { makeRequest } from "./make-request.ts";

const TOKEN = "flotilla-local-test";
const HOSTNAMES = ["example.com", "*.example.com"];

let dir: string;
let cloudflare: LocalCloudflare;

async function open(): Promise<LocalCloudflare> {
  return createCloudflareApp({ dir, token: TOKEN, faults: createFaults(), calls: createCallLog() });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-ca-"));
  cloudflare = await open();
  await call("GET", "zones?name=example.com");
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function call(method: string, path: string, body?: unknown) {
  const response = await cloudflare.app.request(`/client/v4/${path}`, {
    method,
    headers: bearer(TOKEN),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await response.json()) as {
    errors: { code: number }[];
    result: { id: string; certificate: string; expires_on: string; revoked_at?: string };
  };
  return { status: response.status, code: json.errors[0]?.code, result: json.result };
}

function bodyOf(csr: string, more: object = {}): object {
  return { csr, hostnames: HOSTNAMES, request_type: "origin-ecc", requested_validity: 90, ...more };
}

describe("Origin CA", () => {
  test("signs the key of the request for the hostnames and days asked for", async ({ expect }) => {
    const { csr, publicKey } = await makeRequest(HOSTNAMES);
    const { status, result } = await call("POST", "certificates", bodyOf(csr));
    expect(status).toBe(200);
    const certificate = new X509Certificate(result.certificate);
    expect(certificate.subjectAltName).toBe("DNS:example.com, DNS:*.example.com");
    expect(
      certificate.publicKey.equals(
        createPublicKey({ key: publicKey, format: "der", type: "spki" }),
      ),
    ).toBe(true);
    expect(certificate.verify(new X509Certificate(cloudflare.ca.root).publicKey)).toBe(true);
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    expect(Date.parse(result.expires_on.replace(" UTC", ""))).toBe(Date.parse(certificate.validTo));
    expect(result.id).toBe(BigInt(`0x${certificate.serialNumber}`).toString());
  });

  test("a TLS client that trusts the root accepts it for a name under the wildcard, and for no other", async ({
    expect,
  }) => {
    const { csr, privateKey } = await makeRequest(HOSTNAMES);
    const { result } = await call("POST", "certificates", bodyOf(csr));
    const server = createServer({ key: privateKey, cert: result.certificate }, (socket) =>
      socket.end("hello"),
    ).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const visit = (servername: string) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: "127.0.0.1", port, servername, ca: cloudflare.ca.root });
        socket
          .once("data", (data) => resolve(String(data)))
          .once("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? ""));
      });
    expect(await visit("app.example.com")).toBe("hello");
    expect(await visit("app.elsewhere.test")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    server.close();
  });

  test("deleting revokes, for good and across a restart; a second time is an error", async ({
    expect,
  }) => {
    const { csr } = await makeRequest(HOSTNAMES);
    const { result } = await call("POST", "certificates", bodyOf(csr));
    const { fingerprint256 } = new X509Certificate(result.certificate);
    expect(cloudflare.isRevoked(fingerprint256)).toBe(false);
    const revoked = await call("DELETE", `certificates/${result.id}`);
    expect(revoked.result.revoked_at).toMatch(/^\d{4}-/);
    cloudflare = await open();
    expect(cloudflare.isRevoked(fingerprint256)).toBe(true);
    expect((await call("GET", `certificates/${result.id}`)).result.revoked_at).toBe(
      revoked.result.revoked_at,
    );
    expect((await call("DELETE", `certificates/${result.id}`)).status).toBe(400);
  });

  test("lists the certificates of a zone", async ({ expect }) => {
    await call("GET", "zones?name=other.test");
    const { csr } = await makeRequest(HOSTNAMES);
    const { result } = await call("POST", "certificates", bodyOf(csr));
    await call("POST", "certificates", bodyOf(csr, { hostnames: ["other.test"] }));
    const zones = (await call("GET", "zones?name=example.com")).result as unknown as {
      id: string;
    }[];
    const list = (await call("GET", `certificates?zone_id=${zones[0]?.id}`)).result as unknown as {
      id: string;
    }[];
    expect(list.map(({ id }) => id)).toEqual([result.id]);
  });

  test("refuses a request with an invalid signature, hostnames of other zones and unknown validities", async ({
    expect,
  }) => {
    const { csr } = await makeRequest(HOSTNAMES);
    const der = Buffer.from(csr.replaceAll(/-----.*-----|\s/g, ""), "base64");
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const broken = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    expect((await call("POST", "certificates", bodyOf(broken))).code).toBe(1002);
    expect((await call("POST", "certificates", bodyOf("no request"))).code).toBe(1002);
    expect(
      (await call("POST", "certificates", bodyOf(csr, { hostnames: ["app.unknown.test"] }))).code,
    ).toBe(1010);
    expect((await call("POST", "certificates", bodyOf(csr, { requested_validity: 91 }))).code).toBe(
      9207,
    );
  });
});

describe("the authority", () => {
  test("keeps its root, and its key from others", async ({ expect }) => {
    const again = await openCa(dir);
    expect(again.root).toBe(cloudflare.ca.root);
    expect(statSync(join(dir, "cloudflare/ca/root.key")).mode & 0o777).toBe(0o600);
  });

  test("is created again when a kill left an incomplete one", async ({ expect }) => {
    const half = await mkdtemp(join(tmpdir(), "flotilla-ca-"));
    rmSync(half, { recursive: true });
    await openCa(half);
    rmSync(join(half, "cloudflare/ca/root.pem"));
    await writeFile(join(half, "cloudflare/ca/left-over"), "");
    const ca = await openCa(half);
    expect(existsSync(join(half, "cloudflare/ca/left-over"))).toBe(false);
    const { certificate } = await ca.issue(["example.com"]);
    expect(new X509Certificate(certificate).verify(new X509Certificate(ca.root).publicKey)).toBe(
      true,
    );
    rmSync(half, { recursive: true });
  });
});

test("an invalid state is an error that names the file, never an empty state", async ({
  expect,
}) => {
  await writeFile(join(dir, "cloudflare/state.json"), "{}");
  await expect(open()).rejects.toThrow(/state\.json is not a valid state of the local Cloudflare/);
});
