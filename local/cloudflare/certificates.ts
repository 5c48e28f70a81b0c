/** `/certificates`: Origin CA. It signs real certificate requests; deleting a certificate revokes it for good. */
import { Hono } from "hono";
import { z } from "zod";
import type { LocalCa } from "./ca.ts";
import { ApiError, page, success } from "./envelope.ts";
import { readBody } from "./request-body.ts";
import type { CertificateState, CloudflareStore } from "./store.ts";
import * as x509 from "./x509.ts";
import { zoneById, zoneOf } from "./zones.ts";

const VALIDITIES_DAYS = [7, 30, 90, 365, 730, 1095, 5475] as const;

const createBody = z.strictObject({
  csr: z.string(),
  hostnames: z.array(z.string()).min(1),
  request_type: z.enum(["origin-ecc", "origin-rsa"]).default("origin-rsa"),
  requested_validity: z.literal(VALIDITIES_DAYS).default(5475),
});

/** Of the error codes only 1010 is documented by Cloudflare; the others are made up. */
export function certificateRoutes(store: CloudflareStore, ca: LocalCa): Hono {
  const app = new Hono();

  app.post("/", async (c) => {
    const { csr, hostnames, request_type, requested_validity } = await readBody(c, createBody);
    for (const hostname of hostnames) {
      if (!isHostname(hostname) || !zoneOf(store.state(), hostname)) {
        const reason =
          "This zone is either not part of your account, or you do not have access to it.";
        throw new ApiError(
          400,
          1010,
          `Failed to validate requested hostname ${hostname}: ${reason}`,
        );
      }
    }
    const { publicKey } = await verifiedRequest(csr);
    const issued = await ca.sign(publicKey, hostnames, requested_validity);
    const certificate: CertificateState = {
      id: BigInt(`0x${issued.serialNumber}`).toString(),
      csr,
      certificate: issued.certificate,
      fingerprint: issued.fingerprint,
      hostnames,
      request_type,
      requested_validity,
      expires_on: formatGoTime(issued.notAfter),
    };
    store.change({ certificates: [...store.state().certificates, certificate] });
    return success(c, describe(certificate));
  });

  app.get("/", (c) => {
    const zone = zoneById(store.state(), c.req.query("zone_id") ?? "");
    const { certificates } = store.state();
    const ofZone = certificates.filter((certificate) =>
      certificate.hostnames.some((name) => zoneOf(store.state(), name)?.id === zone.id),
    );
    return page(c, ofZone.map(describe), 20);
  });

  app.get("/:id", (c) => success(c, describe(certificateById(store, c.req.param("id")))));

  app.delete("/:id", (c) => {
    const { id, revoked_at: earlier } = certificateById(store, c.req.param("id"));
    if (earlier) throw new ApiError(400, 1016, "The certificate is already revoked.");
    const revoked_at = new Date().toISOString();
    store.change({
      certificates: store
        .state()
        .certificates.map((other) => (other.id === id ? { ...other, revoked_at } : other)),
    });
    return success(c, { id, revoked_at });
  });

  return app;
}

async function verifiedRequest(pem: string): Promise<x509.Pkcs10CertificateRequest> {
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    if (await request.verify()) return request;
  } catch {
    // Text that isn't a request at all gets the same answer.
  }
  throw new ApiError(400, 1002, "Failed to parse or verify the certificate signing request.");
}

function certificateById(store: CloudflareStore, id: string): CertificateState {
  const certificate = store.state().certificates.find((candidate) => candidate.id === id);
  if (!certificate) throw new ApiError(404, 1003, "No certificate has this id.");
  return certificate;
}

function describe({ fingerprint: _fingerprint, ...certificate }: CertificateState): object {
  return certificate;
}

function isHostname(name: string): boolean {
  return z.hostname().safeParse(name.replace(/^\*\./, "")).success;
}

/** Returns `2041-01-01 05:20:00 +0000 UTC`: this API prints times as Go does. */
function formatGoTime(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}
